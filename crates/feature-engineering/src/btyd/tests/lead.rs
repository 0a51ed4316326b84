//! Silence in a window that begins later than the as-of date.

use super::super::{InputError, Kind, Purchases};
use super::{close, model};

/// Repeat purchases, recency, age, lead, horizon, and the probability by each kind.
type Row = (u32, f64, f64, f64, f64, [f64; 3]);

/// tests/reference/silence_after_lead.py, mpmath 1.4.1.
const ROWS: [Row; 15] = [
    (0, 0.0, 38.86, 2.0, 13.0, [0.9389191830458879, 0.952148116246116, 0.9672557756744984]),
    (2, 30.43, 38.86, 2.0, 13.0, [0.6829096102396523, 0.6734566713603499, 0.6408459177265802]),
    (7, 29.43, 38.86, 2.0, 13.0, [0.4682919330041168, 0.4847977852983952, 0.4215925044225963]),
    (1, 1.71, 38.86, 2.0, 13.0, [0.9419131232174349, 0.9462696002761271, 0.9531014739147189]),
    (26, 30.86, 31.0, 2.0, 13.0, [0.06861611078043266, 0.07454056457164471, 0.0502332384288129]),
    (0, 0.0, 38.86, 13.0, 39.0, [0.8643820313047234, 0.8994195712940036, 0.9380097446062227]),
    (2, 30.43, 38.86, 13.0, 39.0, [0.5021414489728259, 0.5041645560081462, 0.4731109727607468]),
    (7, 29.43, 38.86, 13.0, 39.0, [0.4545035634471467, 0.4780193679426531, 0.3925011833812643]),
    (1, 1.71, 38.86, 13.0, 39.0, [0.8933881340248005, 0.9055191059435926, 0.9226865187420036]),
    (26, 30.86, 31.0, 13.0, 39.0, [0.2269243192252289, 0.2429923146811582, 0.164985003963695]),
    (0, 0.0, 38.86, 60.0, 5.0, [0.9804832366730781, 0.9853726022774617, 0.9905905575694186]),
    (2, 30.43, 38.86, 60.0, 5.0, [0.9000912514155506, 0.9013469275276792, 0.883550523462338]),
    (7, 29.43, 38.86, 60.0, 5.0, [0.8017105454492164, 0.8180530562042133, 0.7616700693821976]),
    (1, 1.71, 38.86, 60.0, 5.0, [0.9819075703897763, 0.983933438720802, 0.9856580506115105]),
    (26, 30.86, 31.0, 60.0, 5.0, [0.5496933873825063, 0.5814049956496558, 0.4469786146802139]),
];

const PARAMETERS: [(Kind, [f64; 4]); 3] = [
    (Kind::BgNbd, [0.243, 4.414, 0.793, 2.426]),
    (Kind::MbgNbd, [0.525, 6.183, 0.891, 1.614]),
    (Kind::ParetoNbd, [0.553, 10.578, 0.606, 11.669]),
];

#[test]
fn silence_after_a_lead_equals_mpmath() {
    for (repeat, recency, age, lead, horizon, expected) in ROWS {
        let customer = Purchases::new(repeat, recency, age).unwrap();
        for ((kind, parameters), expected) in PARAMETERS.iter().zip(expected) {
            let found = model(*kind, parameters).probability_no_purchase_after(&customer, lead, horizon).unwrap();
            close(found, expected, 1e-12, &format!("{kind:?}, {repeat} repeats, window of {horizon} after {lead}"));
        }
    }
}

#[test]
fn no_lead_is_no_other_window_and_a_lead_and_its_window_are_one_long_silence_or_less() {
    for (repeat, recency, age, lead, horizon, _) in ROWS {
        let customer = Purchases::new(repeat, recency, age).unwrap();
        for (kind, parameters) in PARAMETERS {
            let model = model(kind, &parameters);
            let now = model.probability_no_purchase(&customer, horizon).unwrap();
            close(model.probability_no_purchase_after(&customer, 0.0, horizon).unwrap(), now, 1e-14, "no lead");
            let later = model.probability_no_purchase_after(&customer, lead, horizon).unwrap();
            assert!(later >= now, "{kind:?}: some leave in the lead");
            assert!(later >= model.probability_no_purchase(&customer, lead + horizon).unwrap());
            for (lead, horizon) in [(f64::NAN, 1.0), (-1.0, 1.0), (1.0, f64::INFINITY)] {
                let refused = model.probability_no_purchase_after(&customer, lead, horizon);
                assert!(matches!(refused, Err(InputError::Time { .. })), "{refused:?}");
            }
        }
    }
}
