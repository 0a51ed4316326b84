//! A new model with what the gates say of it, and how it stands to the champion.

use history::Export;
use training::{CompareSettings, Gate, GateKind, ModelComparison, Standing, Trained, TrainingSettings, compare};

use crate::commands::train::NoBetter;
use crate::model_store::ModelStore;
use crate::progress::Progress;

/// A new model, judged.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) trained: Trained,
    /// The new model beside the champion on the new model's test rows; none where there is no champion, or none that these
    /// rows could judge.
    pub(crate) against_champion: Option<ModelComparison>,
    /// The champion, where the new model is clearly worse.
    pub(crate) worse_than: Option<String>,
    /// The trained champion that a forecast would take the place of.
    keeps: Option<String>,
}

impl Judged {
    /// Compares a new model with the champion where its test date is future for the champion, and warns of gates that say no.
    ///
    /// # Errors
    /// The pointer to the champion cannot be read.
    pub(crate) fn of(
        trained: Trained,
        store: &ModelStore,
        export: &Export,
        settings: &TrainingSettings,
        progress: &mut Progress,
    ) -> anyhow::Result<Self> {
        let champion = store.champion()?.filter(|champion| champion != trained.model.version());
        let against_champion = match &champion {
            Some(champion) => against(champion, &trained, store, export, settings, progress),
            None => None,
        };
        let is_worse = |comparison: &&ModelComparison| comparison.standing == Standing::Worse;
        let worse_than = against_champion.as_ref().filter(is_worse).and(champion);
        let keeps = store
            .champion()?
            .filter(|champion| trained.evaluation.not_trained.is_some() && was_trained(store, champion));
        let judged = Self { trained, against_champion, worse_than, keeps };
        for gate in judged.gates() {
            // The answer itself says how a model stands to the baselines and to the champion, and that it is a forecast.
            let is_said = matches!(gate.gate, GateKind::Baselines | GateKind::Champion | GateKind::TooFew);
            if !gate.passed && !is_said {
                progress.warn(gate.why);
            }
        }
        Ok(judged)
    }

    /// The gates of the test, and the one of the champion where there was one to compare with.
    pub(crate) fn gates(&self) -> Vec<Gate> {
        let of_champion = self.against_champion.iter().map(ModelComparison::gate);
        self.trained.evaluation.gates.iter().cloned().chain(of_champion).collect()
    }

    /// Whether every gate lets it pass.
    pub(crate) fn passed(&self) -> bool {
        Gate::all_passed(&self.gates())
    }

    /// Whether it may score: not where it is clearly worse than the champion, nor, where gates are asked for, where one says no,
    /// nor, gates or not, where it is a forecast and the champion was trained.
    pub(crate) fn may_score(&self, gate: bool) -> bool {
        self.worse_than.is_none() && !self.is_refused(gate)
    }

    /// Whether the command says no, rather than that the model is kept as a challenger.
    pub(crate) fn is_refused(&self, gate: bool) -> bool {
        self.keeps.is_some() || (gate && !self.passed())
    }

    /// What the gates that say no say.
    pub(crate) fn refusal(&self) -> NoBetter {
        let verdict = match self.keeps {
            Some(_) => self.trained.evaluation.verdict.clone(),
            None => self.gates().into_iter().filter(|gate| !gate.passed).map(|gate| gate.why).collect(),
        };
        NoBetter { verdict, keeps: self.keeps.clone() }
    }
}

/// Whether a model was trained. One that cannot be read scores nobody, and has nothing to lose.
fn was_trained(store: &ModelStore, version: &str) -> bool {
    store.model(version).is_ok_and(|model| model.file().not_trained.is_none())
}

/// The comparison on the new model's test rows. Why there is none is a warning: then nothing keeps the new model back.
fn against(
    champion: &str,
    trained: &Trained,
    store: &ModelStore,
    export: &Export,
    settings: &TrainingSettings,
    progress: &mut Progress,
) -> Option<ModelComparison> {
    progress.stage("comparing with the champion");
    let of = CompareSettings {
        as_of: Some(trained.model.test_as_of()),
        seed: settings.seed,
        max_rows: settings.max_rows,
        replicates: settings.replicates,
    };
    let compared = store.model(champion).and_then(|model| Ok(compare(export, &model, &trained.model, &of)?));
    match compared {
        Ok(comparison) => Some(comparison),
        Err(error) => {
            let why = crate::exit::joined(&error);
            progress.warn(format!("the new model was not compared with the champion {champion}: {why}"));
            None
        }
    }
}
