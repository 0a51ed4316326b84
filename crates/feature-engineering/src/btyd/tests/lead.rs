//! Silence in a window that begins later than the as-of date.

use super::super::{InputError, Kind, Purchases};
use super::{close, model};

/// Repeat purchases, recency, age, lead, horizon, and the probability by each kind.
type Row = (u32, f64, f64, f64, f64, [f64; 3]);

/// tests/reference/silence_after_lead.py, mpmath 1.4.1.
const ROWS: [Row; 15] = [
    (0, 0.0, 38.86, 2.0, 13.0, [0.938919183045888, 0.952148116246116, 0.967255775674498]),
    (2, 30.43, 38.86, 2.0, 13.0, [0.682909610239652, 0.67345667136035, 0.64084591772658]),
    (7, 29.43, 38.86, 2.0, 13.0, [0.468291933004117, 0.484797785298395, 0.421592504422596]),
    (1, 1.71, 38.86, 2.0, 13.0, [0.941913123217435, 0.946269600276127, 0.953101473914719]),
    (26, 30.86, 31.0, 2.0, 13.0, [0.0686161107804327, 0.0745405645716447, 0.0502332384288129]),
    (0, 0.0, 38.86, 13.0, 39.0, [0.864382031304723, 0.899419571294004, 0.938009744606223]),
    (2, 30.43, 38.86, 13.0, 39.0, [0.502141448972826, 0.504164556008146, 0.473110972760747]),
    (7, 29.43, 38.86, 13.0, 39.0, [0.454503563447147, 0.478019367942653, 0.392501183381264]),
    (1, 1.71, 38.86, 13.0, 39.0, [0.893388134024801, 0.905519105943593, 0.922686518742004]),
    (26, 30.86, 31.0, 13.0, 39.0, [0.226924319225229, 0.242992314681158, 0.164985003963695]),
    (0, 0.0, 38.86, 60.0, 5.0, [0.980483236673078, 0.985372602277462, 0.990590557569419]),
    (2, 30.43, 38.86, 60.0, 5.0, [0.900091251415551, 0.901346927527679, 0.883550523462338]),
    (7, 29.43, 38.86, 60.0, 5.0, [0.801710545449216, 0.818053056204213, 0.761670069382198]),
    (1, 1.71, 38.86, 60.0, 5.0, [0.981907570389776, 0.983933438720802, 0.98565805061151]),
    (26, 30.86, 31.0, 60.0, 5.0, [0.549693387382506, 0.581404995649656, 0.446978614680214]),
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
