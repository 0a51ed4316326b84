//! How a driver of the model is to be read.

use super::of;
use crate::language::phrase::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    of(
        "{first:t}; how much depends on {others}; to be read together with {same}",
        "{first}; cât de mult, depinde de {others}; de citit împreună cu {same}",
        "{first}; насколько — зависит от: {others}; читать вместе с: {same}",
    ),
    of(
        "{first:t}; how much depends on {others}",
        "{first}; cât de mult, depinde de {others}",
        "{first}; насколько — зависит от: {others}",
    ),
    of(
        "{first:t}; to be read together with {same}",
        "{first}; de citit împreună cu {same}",
        "{first}; читать вместе с: {same}",
    ),
    of(
        "where it is so, churn is likelier",
        "unde este așa, pierderea este mai probabilă",
        "где это так, отток вероятнее",
    ),
    of(
        "where it is so, churn is less likely",
        "unde este așa, pierderea este mai puțin probabilă",
        "где это так, отток менее вероятен",
    ),
    of("no clear difference", "fără o diferență clară", "без ясной разницы"),
    of(
        "the more, the likelier to churn",
        "cu cât mai mult, cu atât pierderea este mai probabilă",
        "чем больше, тем вероятнее отток",
    ),
    of(
        "the more, the less likely to churn",
        "cu cât mai mult, cu atât pierderea este mai puțin probabilă",
        "чем больше, тем менее вероятен отток",
    ),
    of(
        "the more, the likelier to churn up to the middle, the less likely beyond",
        "cu cât mai mult, cu atât pierderea este mai probabilă până la mijloc, apoi mai puțin probabilă",
        "чем больше, тем вероятнее отток — до середины, дальше — менее вероятен",
    ),
    of(
        "the more, the less likely to churn up to the middle, the likelier beyond",
        "cu cât mai mult, cu atât pierderea este mai puțin probabilă până la mijloc, apoi mai probabilă",
        "чем больше, тем менее вероятен отток — до середины, дальше — вероятнее",
    ),
    of("no clear direction", "fără o direcție clară", "без ясного направления"),
    // Families
    of("recency", "recență", "давность"),
    of("tenure", "vechime", "стаж клиента"),
    of("frequency", "frecvență", "частота"),
    of("monetary", "valoare monetară", "суммы"),
    of("cadence", "ritm", "ритм покупок"),
    of("trend", "tendință", "динамика"),
    of("basket", "coș", "корзина"),
    of("returns", "retururi", "возвраты"),
    of("discounts", "reduceri", "скидки"),
    of("margin", "marjă", "маржа"),
    of("channel", "canal", "канал"),
    of("timing", "momentul cumpărării", "время покупки"),
    of("seasonality", "sezonalitate", "сезонность"),
    of("engagement", "implicare", "вовлечённость"),
    of("satisfaction", "satisfacție", "удовлетворённость"),
    of("neglect", "neglijare", "невнимание"),
    of("contract", "contract", "договор"),
    of("attributes", "atribute", "сведения о клиенте"),
    of("buy till you die", "modele „buy till you die”", "модели «покупает, пока жив»"),
    of("own", "ale proiectului", "признаки проекта"),
];
