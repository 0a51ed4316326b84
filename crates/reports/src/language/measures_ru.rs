//! The words of the retention measures in Russian.

use crate::data::{FigureName, MeasureName};

pub(crate) const fn heading(measure: MeasureName) -> &'static str {
    match measure {
        MeasureName::ChurnRate => "Доля оттока клиентов",
        MeasureName::RetentionRate => "Доля удержания",
        MeasureName::RevenueLost => "Выручка, потерянная из-за оттока",
        MeasureName::ValueAtRisk => "Сумма под риском",
        MeasureName::WhatIf => "Что принесло бы более высокое удержание",
        MeasureName::LifetimeValue => "Пожизненная ценность клиента (CLV)",
        MeasureName::Acquisition => "Качество привлечения",
        MeasureName::Nps => "Индекс лояльности NPS",
        MeasureName::Satisfaction => "Индекс удовлетворённости",
        MeasureName::ServiceLevel => "Уровень сервиса",
        MeasureName::Neglect => "Под риском из-за невнимания",
        MeasureName::ReasonsForLeaving => "Причины ухода",
        MeasureName::Drivers => "Что делали и чего не делали ушедшие клиенты",
        MeasureName::WinBack => "Возврат клиентов",
        MeasureName::Groups => "Группы последнего плана",
        MeasureName::OfferEconomics => "Что должен принести последний план",
        MeasureName::OfferResponse => "Как и на кого подействовали прошлые предложения",
    }
}

pub(crate) const fn rule(measure: MeasureName) -> &'static str {
    match measure {
        MeasureName::ChurnRate => {
            "Клиенты, потерянные за период / клиенты на его начало. Клиент — тот, кто покупал в пределах срока, в течение которого он считается активным; он потерян, если этот срок прошёл без покупок, или при уходе, если отток определён как уход."
        }
        MeasureName::RetentionRate => "Клиенты предыдущего периода, купившие снова / клиенты предыдущего периода.",
        MeasureName::RevenueLost => {
            "Средние траты клиента в месяц × клиенты на начало × доля оттока за период: столько недостаёт каждый следующий месяц."
        }
        MeasureName::ValueAtRisk => {
            "Вероятность оттока × ценность клиента, если он останется, в сумме по активным клиентам. Ценность клиента в интервале считается известной."
        }
        MeasureName::WhatIf => {
            "Клиенты × пункты удержания × прибыль от оставшегося клиента за горизонт. Стоимость этих пунктов не учтена: это предел того, что на них можно потратить."
        }
        MeasureName::LifetimeValue => {
            "Простая: средний чек × заказов в год × средняя маржа × средний срок жизни в годах (1 / доля оттока за год). По прогнозам: ожидаемая маржа нынешних клиентов за ближайшие три года по модели «покупает, пока жив» и Gamma-Gamma, дисконтированная."
        }
        MeasureName::Acquisition => {
            "По всем клиентам и каналам привлечения: отток в последнем окне с известным исходом, доля первых заказов со скидкой и маржа на сегодня плюс прогноз на ближайшие три года рядом со стоимостью привлечения."
        }
        MeasureName::Nps => "Доля ответов 9 и 10 минус доля ответов от 0 до 6, в пунктах.",
        MeasureName::Satisfaction => {
            "Среднее оценок после обращений, в отзывах и опросах, от 1 до 5. Ниже 4,5 — тревога."
        }
        MeasureName::ServiceLevel => {
            "Жалобы и обращения, поступившие за период: решённые за один рабочий день (за три с участием третьей стороны) / решённые или просроченные."
        }
        MeasureName::Neglect => {
            "Активные клиенты с просроченной жалобой, с запросом цены без ответа более 7 дней, без первого звонка через 30 дней после регистрации или без контактов более 90 дней."
        }
        MeasureName::ReasonsForLeaving => {
            "Уходы по названной причине, сначала добровольные; ценность — сколько эти клиенты принесли за 365 дней до ухода."
        }
        MeasureName::Drivers => {
            "Ушедшие клиенты в сравнении с оставшимися в последнем окне с известным исходом, по известному до него. Размер эффекта — h Коэна для долей и d для средних: около 0,2 — мало, 0,8 — много. Это различия, а не причины; из многих одно на двадцать исключает 0 случайно."
        }
        MeasureName::WinBack => {
            "Неактивные клиенты: кто из них снова купил за период и что ещё могут принести остальные (вероятность возврата × ценность, если вернутся)."
        }
        MeasureName::Groups => {
            "Прибыльность × вероятность оттока × отклик на предложение. Отпустить: ни одно предложение не окупается."
        }
        MeasureName::OfferEconomics => {
            "Аплифт × ценность минус затраты, включая затраты на тех, кто остался бы и так. MPC и EMPC — прибыль на клиента базы, если предложения делать только по вероятности оттока."
        }
        MeasureName::OfferResponse => {
            "Доля оставшихся с предложением минус доля оставшихся в контрольной группе, на отложенных строках, по десятым долям прогноза аплифта: в первой — те, на кого предложение, по прогнозу, действует сильнее всего."
        }
    }
}

pub(crate) const fn figure(figure: FigureName) -> &'static str {
    match figure {
        FigureName::CustomersAtStart => "Клиенты на начало",
        FigureName::CustomersLost => "Потеряно",
        FigureName::ChurnRate => "Доля оттока",
        FigureName::VoluntaryChurnRate => "Добровольный отток",
        FigureName::InvoluntaryChurnRate => "Вынужденный отток",
        FigureName::CustomersBefore => "Клиенты предыдущего периода",
        FigureName::BoughtAgain => "Купили снова",
        FigureName::RetentionRate => "Доля удержания",
        FigureName::MonthlySpend => "Траты клиента в месяц",
        FigureName::RevenueLost => "Потери в месяц",
        FigureName::ExpectedChurners => "Ожидаемый отток, клиентов",
        FigureName::ValueAtRisk => "Сумма под риском",
        FigureName::Retention => "Удержание",
        FigureName::ProfitPerRetained => "Прибыль от оставшегося клиента",
        FigureName::CustomersKept => "Удержано дополнительно",
        FigureName::Profit => "Прибыль",
        FigureName::Gain => "Выигрыш",
        FigureName::OrderValue => "Средний чек",
        FigureName::OrdersPerYear => "Заказов в год",
        FigureName::Margin => "Маржа",
        FigureName::LifetimeYears => "Срок жизни в годах",
        FigureName::SimpleClv => "CLV, простая",
        FigureName::ForecastClv => "CLV по прогнозам",
        FigureName::ExpectedMargin => "Ожидаемая маржа",
        FigureName::AcquisitionCost => "Стоимость привлечения",
        FigureName::LifetimeValue => "CLV",
        FigureName::LostSoFar => "Уже не клиенты",
        FigureName::FirstOrderDiscount => "Первый заказ со скидкой",
        FigureName::Nps => "NPS",
        FigureName::Promoters => "Промоутеры",
        FigureName::Passives => "Нейтралы",
        FigureName::Detractors => "Критики",
        FigureName::SatisfactionIndex => "Индекс удовлетворённости",
        FigureName::KeptInTime => "Решено в срок",
        FigureName::Overdue => "Открыты, просрочены",
        FigureName::NotDue => "Открыты, в срок",
        FigureName::MedianDays => "Медиана рабочих дней до решения",
        FigureName::Customers => "Клиенты",
        FigureName::Share => "Доля",
        FigureName::ValueLost => "Ушедшая ценность",
        FigureName::Churned => "Ушли",
        FigureName::Stayed => "Остались",
        FigureName::Difference => "Разница",
        FigureName::EffectSize => "Размер эффекта",
        FigureName::Returned => "Вернулись",
        FigureName::ReturnProbability => "Вероятность возврата",
        FigureName::ExpectedReturn => "Ожидаемая ценность",
        FigureName::Contacted => "Связаться",
        FigureName::HeldOut => "В контрольной группе",
        FigureName::Cost => "Затраты",
        FigureName::ExpectedGain => "Ожидаемый выигрыш",
        FigureName::Mpc => "MPC",
        FigureName::Empc => "EMPC",
        FigureName::BreakEvenUplift => "Аплифт, с которого окупается",
        FigureName::WithOffer => "С предложением",
        FigureName::Control => "Контроль",
        FigureName::PredictedUplift => "Прогноз аплифта",
        FigureName::ObservedUplift => "Наблюдаемый аплифт",
        FigureName::Qini => "Qini",
    }
}
