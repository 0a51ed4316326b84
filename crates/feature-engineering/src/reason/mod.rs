//! Reasons as data: what features have in common ([`Group`]), which sentences can be told of a group and when
//! ([`sentences`]), and the words of a language ([`ENGLISH`], [`ROMANIAN`], [`RUSSIAN`]). Nothing here looks at a model or a customer; scoring does,
//! and fills in the customer's own numbers.

mod english;
mod form;
mod group;
mod labels_ro;
mod labels_ru;
mod language;
mod romanian;
mod russian;
mod sentence;
mod told;

pub use english::ENGLISH;
pub use form::{Form, Piece, pieces};
pub use group::Group;
pub use language::Language;
pub use romanian::ROMANIAN;
pub use russian::RUSSIAN;
pub use sentence::{Sentence, Term, When, sentences};
