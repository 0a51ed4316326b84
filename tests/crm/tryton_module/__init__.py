# SPDX-License-Identifier: GPL-3.0-or-later
"""A module of Tryton with three fields of a party, for the test in tryton.py: what a company would add for its scores. It derives from
Tryton's own classes, so that it stands under Tryton's licence; nothing else of this repository uses it."""

from trytond.model import fields
from trytond.pool import Pool, PoolMeta


class Party(metaclass=PoolMeta):
    __name__ = "party.party"

    churn_probability = fields.Float(
        "Churn probability", domain=["OR", ("churn_probability", "=", None), [("churn_probability", ">=", 0), ("churn_probability", "<=", 1)]]
    )
    churn_band = fields.Selection(
        [(None, ""), ("low", "Low"), ("medium", "Medium"), ("high", "High"), ("critical", "Critical")], "Churn risk"
    )
    churn_reason = fields.Char("Churn reason")


def register():
    Pool.register(Party, module="churn_score", type_="model")
