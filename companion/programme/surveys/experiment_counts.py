"""People of an experiment, counted by the way they were shown and by what they did then."""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.programme.outreach.tip_models import Arm, TipAnswer, TipChosen
from companion.programme.surveys.experiment_models import Experiment, ExperimentExposure, ExperimentMetric
from companion.programme.surveys.experiment_result import Reached, Result, judge
from companion.programme.surveys.experiments import ended_at

WITHIN = timedelta(days=14)


def result_of(session: Session, experiment: Experiment, now: datetime) -> Result:
    """Over once everybody who was shown a way before its end had their WITHIN."""
    end = ended_at(experiment)
    return judge(experiment.shares, reached(session, experiment), is_over=now >= end + WITHIN)


def reached(session: Session, experiment: Experiment) -> dict[str, Reached]:
    """By way: how many did what it is decided by, after being shown their way and in time."""
    metric = ExperimentMetric(experiment.metric)
    when = TipChosen.opened_at if metric is ExperimentMetric.OPENED else TipChosen.answered_at
    exposed = ExperimentExposure.experiment_id == experiment.id
    acts = (
        select(TipChosen.patient_id, when)
        .join(ExperimentExposure, ExperimentExposure.patient_id == TipChosen.patient_id)
        .where(exposed, TipChosen.arm == Arm.SENT.value)
    )
    if metric is ExperimentMetric.USEFUL:
        acts = acts.where(TipChosen.answer == TipAnswer.USEFUL.value)
    did: defaultdict[int, list[datetime]] = defaultdict(list)
    for patient_id, at in session.execute(acts):
        if at is not None:
            did[patient_id].append(at)
    found: defaultdict[str, list[bool]] = defaultdict(list)
    shown = select(ExperimentExposure.patient_id, ExperimentExposure.way, ExperimentExposure.at).where(exposed)
    for patient_id, way, since in session.execute(shown):
        found[way].append(any(since <= at < since + WITHIN for at in did[patient_id]))
    return {way: Reached(sum(each), len(each)) for way, each in found.items()}
