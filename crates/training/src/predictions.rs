//! What was predicted for each row of a test, for comparisons over several tests.

/// Predicted churn probabilities of the test rows, one for each, by the model and by each baseline. Rows are in the
/// order of the customers.
#[derive(Debug, Clone, PartialEq)]
pub struct TestPredictions {
    /// Numbers of the customers in the export.
    pub customers: Vec<u32>,
    /// Who churned.
    pub churned: Vec<bool>,
    /// By the model.
    pub model: Vec<f64>,
    /// By the churn rate of the calibration slice; none where that has one kind alone.
    pub prevalence: Option<Vec<f64>>,
    /// By recency alone; none where there was too little to fit it.
    pub recency: Option<Vec<f64>>,
    /// By BG/NBD; none where there is no such baseline.
    pub bg_nbd: Option<Vec<f64>>,
}
