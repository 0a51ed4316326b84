//! The words of the retention measures in Romanian.

use crate::data::{FigureName, MeasureName};

pub(crate) const fn heading(measure: MeasureName) -> &'static str {
    match measure {
        MeasureName::ChurnRate => "Rata de pierdere a clienților",
        MeasureName::RetentionRate => "Rata de retenție",
        MeasureName::RevenueLost => "Venituri pierdute prin plecarea clienților",
        MeasureName::ValueAtRisk => "Valoare la risc",
        MeasureName::WhatIf => "Ce ar aduce o retenție mai mare",
        MeasureName::LifetimeValue => "Valoarea pe durata de viață a clientului (CLV)",
        MeasureName::Acquisition => "Calitatea achiziției de clienți",
        MeasureName::Nps => "Net Promoter Score (NPS)",
        MeasureName::Satisfaction => "Indicele de satisfacție",
        MeasureName::ServiceLevel => "Nivelul de servicii",
        MeasureName::Neglect => "La risc prin neglijare",
        MeasureName::ReasonsForLeaving => "Motivele plecării",
        MeasureName::Drivers => "Ce au făcut sau nu au făcut clienții pierduți",
        MeasureName::WinBack => "Recâștigarea clienților",
        MeasureName::Groups => "Grupele ultimului plan",
        MeasureName::OfferEconomics => "Ce se așteaptă să aducă ultimul plan",
        MeasureName::OfferResponse => "Ce efect au avut ofertele trecute și asupra cui",
    }
}

pub(crate) const fn rule(measure: MeasureName) -> &'static str {
    match measure {
        MeasureName::ChurnRate => {
            "Clienți pierduți în perioadă / clienți la începutul ei. Este client cine a cumpărat în intervalul care îl face eligibil și este pierdut când acest interval a trecut fără nicio cumpărătură sau la plecare, acolo unde pierderea înseamnă plecare."
        }
        MeasureName::RetentionRate => {
            "Clienți ai perioadei precedente care au cumpărat din nou / clienți ai perioadei precedente."
        }
        MeasureName::RevenueLost => {
            "Cheltuiala lunară medie a unui client × clienți la început × rata de pierdere a perioadei: ce lipsește în fiecare lună de atunci încolo."
        }
        MeasureName::ValueAtRisk => {
            "Probabilitatea de pierdere × valoarea clientului dacă rămâne, însumată pe clienții eligibili. În interval, valoarea unui client este considerată cunoscută."
        }
        MeasureName::WhatIf => {
            "Clienți × puncte de retenție × profitul unui client care rămâne, pe orizont. Costul punctelor nu este inclus: rezultatul este cât se poate cheltui cel mult pentru ele."
        }
        MeasureName::LifetimeValue => {
            "Simplu: valoarea medie a comenzii × comenzi pe an × marja medie × durata medie de viață în ani (1 / rata anuală de pierdere). Prin prognoze: marja așteptată în următorii trei ani, după un model „buy till you die” și Gamma-Gamma, actualizată, a clienților de astăzi."
        }
        MeasureName::Acquisition => {
            "Pentru toți clienții, pe canale de achiziție: pierderea în ultima fereastră cu rezultat cunoscut, ponderea primelor comenzi cu reducere și marja de până acum plus prognoza pe următorii trei ani, alături de costul atragerii lor."
        }
        MeasureName::Nps => "Ponderea răspunsurilor 9 și 10 minus ponderea celor de la 0 la 6, în puncte.",
        MeasureName::Satisfaction => {
            "Media notelor de după un contact, din recenzii și din sondaje, de la 1 la 5. Sub 4,5 este o alertă."
        }
        MeasureName::ServiceLevel => {
            "Reclamații și tichete primite în perioadă: rezolvate într-o zi lucrătoare (trei cu un terț) / rezolvate sau întârziate."
        }
        MeasureName::Neglect => {
            "Clienți eligibili cu o reclamație deschisă peste termen, o cerere de ofertă fără răspuns de peste 7 zile, fără primul apel la 30 de zile după înscriere sau fără niciun contact de peste 90 de zile."
        }
        MeasureName::ReasonsForLeaving => {
            "Plecările după motivul declarat, întâi cele voluntare; valoarea este ce au adus acești clienți în cele 365 de zile dinaintea plecării."
        }
        MeasureName::Drivers => {
            "Clienții pierduți față de cei rămași în ultima fereastră cu rezultat cunoscut, după ce se știa înaintea ei. Mărimile efectului sunt h al lui Cohen pentru ponderi și d pentru medii: circa 0,2 este mic, 0,8 mare. Sunt diferențe, nu cauze; dintre multe, una din douăzeci exclude 0 din întâmplare."
        }
        MeasureName::WinBack => {
            "Clienți inactivi: câți dintre ei au cumpărat din nou în perioadă și ce pot aduce încă ceilalți (probabilitatea de revenire × valoarea dacă revin)."
        }
        MeasureName::Groups => {
            "Profitabilitate × probabilitate de pierdere × răspuns la ofertă. De lăsat să plece: nicio ofertă nu se amortizează."
        }
        MeasureName::OfferEconomics => {
            "Uplift × valoare minus cost, inclusiv costul celor care ar fi rămas oricum. MPC și EMPC sunt profitul pe client al bazei dacă ofertele se fac doar după probabilitatea de pierdere."
        }
        MeasureName::OfferResponse => {
            "Ponderea celor păstrați cu oferta minus ponderea celor păstrați în grupul de control, pe rânduri puse deoparte, pe zecimi ale upliftului estimat: în prima zecime sunt cei asupra cărora oferta are, conform estimării, cel mai mare efect."
        }
    }
}

pub(crate) const fn figure(figure: FigureName) -> &'static str {
    match figure {
        FigureName::CustomersAtStart => "Clienți la început",
        FigureName::CustomersLost => "Pierduți în perioadă",
        FigureName::ChurnRate => "Rata de pierdere",
        FigureName::VoluntaryChurnRate => "Voluntară",
        FigureName::InvoluntaryChurnRate => "Involuntară",
        FigureName::CustomersBefore => "Clienți ai perioadei precedente",
        FigureName::BoughtAgain => "Au cumpărat din nou",
        FigureName::RetentionRate => "Rata de retenție",
        FigureName::MonthlySpend => "Cheltuiala lunară a unui client",
        FigureName::RevenueLost => "Pierdere pe lună",
        FigureName::ExpectedChurners => "Pierderi de clienți așteptate",
        FigureName::ValueAtRisk => "Valoare la risc",
        FigureName::Retention => "Retenție",
        FigureName::ProfitPerRetained => "Profitul unui client care rămâne",
        FigureName::CustomersKept => "Clienți păstrați în plus",
        FigureName::Profit => "Profit",
        FigureName::Gain => "Câștig",
        FigureName::OrderValue => "Valoarea comenzii",
        FigureName::OrdersPerYear => "Comenzi pe an",
        FigureName::Margin => "Marjă",
        FigureName::LifetimeYears => "Durata de viață în ani",
        FigureName::SimpleClv => "CLV simplu",
        FigureName::ForecastClv => "CLV prin prognoze",
        FigureName::ExpectedMargin => "Marja așteptată",
        FigureName::AcquisitionCost => "Costul achiziției",
        FigureName::LifetimeValue => "CLV",
        FigureName::LostSoFar => "Nu mai sunt clienți",
        FigureName::FirstOrderDiscount => "Prima comandă cu reducere",
        FigureName::Nps => "NPS",
        FigureName::Promoters => "Promotori",
        FigureName::Passives => "Pasivi",
        FigureName::Detractors => "Detractori",
        FigureName::SatisfactionIndex => "Indicele de satisfacție",
        FigureName::KeptInTime => "Rezolvate la timp",
        FigureName::Overdue => "Deschise peste termen",
        FigureName::NotDue => "Deschise, în termen",
        FigureName::MedianDays => "Mediana zilelor lucrătoare până la rezolvare",
        FigureName::Customers => "Clienți",
        FigureName::Share => "Pondere",
        FigureName::ValueLost => "Valoarea plecată",
        FigureName::Churned => "Pierduți",
        FigureName::Stayed => "Rămași",
        FigureName::Difference => "Diferență",
        FigureName::EffectSize => "Mărimea efectului",
        FigureName::Returned => "Au revenit",
        FigureName::ReturnProbability => "Probabilitatea de revenire",
        FigureName::ExpectedReturn => "Valoarea așteptată",
        FigureName::Contacted => "De contactat",
        FigureName::HeldOut => "În grupul de control",
        FigureName::Cost => "Cost",
        FigureName::ExpectedGain => "Câștig așteptat",
        FigureName::Mpc => "MPC",
        FigureName::Empc => "EMPC",
        FigureName::BreakEvenUplift => "Uplift de la care se amortizează",
        FigureName::WithOffer => "Cu ofertă",
        FigureName::Control => "Control",
        FigureName::PredictedUplift => "Uplift estimat",
        FigureName::ObservedUplift => "Uplift observat",
        FigureName::Qini => "Qini",
    }
}
