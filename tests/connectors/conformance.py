"""What every connector must do, written once: a system's test module subclasses `Conformance`, gives `rig`.

The suite is steered by `Features`: a type that cannot be deleted is not deleted, one without a marker is not
asked for it. A value may come back in the normal form that the connector *declares*, and in no other: here
the declarations are proven.
"""

from __future__ import annotations

from tests.connectors.conformance_reading import Reading
from tests.connectors.conformance_trouble import MeetingTrouble
from tests.connectors.conformance_writing import Writing


class Conformance(Reading, Writing, MeetingTrouble):
    """The suite. The subclass gives the fixture `rig` (a `rig.Rig`): every test starts on a fresh system."""
