"""The bugs of other replicators and logs that ours must not have, by the name they have there, with their tests."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOG, ENGINE, SIMULATED = "tests/log", "tests/engine", "tests/simulation"

LIFTED = {
    "marten-4964, marten-4977: a late commit is skipped": [
        f"{LOG}/test_sixteen_writers_and_a_reader.py::test_a_polling_reader_sees_every_position_once_and_in_order",
        f"{LOG}/test_sixteen_writers_and_a_reader.py::test_an_append_that_is_rolled_back_leaves_no_gap",
    ],
    "sliceworkz-103: an unrelated transaction stalls the readers": [
        f"{LOG}/test_sixteen_writers_and_a_reader.py::test_a_polling_reader_sees_every_position_once_and_in_order",
    ],
    "eventuous-553: on a key conflict a lost append is reported as done": [
        f"{LOG}/test_the_log_is_dense_and_idempotent.py::test_an_event_appended_twice_keeps_its_position",
        f"{LOG}/test_the_log_is_dense_and_idempotent.py::test_an_event_id_with_other_content_is_an_error",
    ],
    "restore: a fresh cluster goes on from a dump": [
        f"{ENGINE}/test_a_new_installation_goes_on_from_an_export.py::test_it_goes_on_without_a_write_and_then_like_the_old_one",
        f"{ENGINE}/test_a_system_that_is_not_what_it_was.py::test_a_restored_backup_is_healed_and_spreads_nothing",
    ],
    "spock-608: a resolver that does not commute diverges": [
        "tests/core/test_merge.py::test_of_concurrent_changes_the_same_one_wins_whichever_came_first",
    ],
    "symmetricds-ring: A to B to C to A loops": [
        f"{ENGINE}/test_an_edit_reaches_the_others_once.py::test_an_edit_costs_one_write_at_each_other_system",
        f"{SIMULATED}/test_histories.py::test_the_invariants_hold",
    ],
    "mm2-identity: without provenance in the record, a loop": [
        "tests/core/test_gate.py::test_without_markers_a_write_that_landed_is_known_by_its_values",
        f"{SIMULATED}/test_histories.py::test_the_invariants_hold",
    ],
    "strapi-25387: a hook whose entry is null": [
        "tests/connectors/test_strapi.py::test_a_hook_whose_entry_was_gone_says_so_and_names_nobody",
    ],
    "strapi-21932, strapi-21535: a hook is sent twice": [
        f"{ENGINE}/test_hooks_are_hints.py::test_hooks_repeated_and_out_of_order_change_nothing",
    ],
    "directus-9518, directus-16957: a batch names keys only": [
        "tests/connectors/test_directus_hooks.py::test_hooks_are_hints",
    ],
    "medusa-14055: no event at all": [
        f"{ENGINE}/test_hooks_are_hints.py::test_what_no_hook_told_is_found_by_a_listing",
    ],
    "medusa-guide: an edit within the window is lost": [
        f"{SIMULATED}/test_study.py::test_edits_inside_the_window_are_missing_and_with_provenance_everything_agrees",
    ],
    "sequin-2154: one target that always fails stops all": [
        f"{ENGINE}/test_failures_are_outcomes.py::test_a_system_that_fails_does_not_hold_up_the_others",
    ],
    "adcp-4772: a signed hook is replayed": [
        "tests/connectors/test_signature.py::test_a_replayed_body_hmac_has_the_id_it_had_and_another_body_another",
        "tests/processes/test_what_was_answered_202_is_kept.py::test_and_the_same_delivery_again_is_known",
    ],
    "crossbus-64: a replay that is cancelled loses what it had": [
        f"{ENGINE}/test_replay.py::test_a_cancelled_replay_leaves_what_it_has_written",
    ],
    "couch-1505: a target that was away for longer than deletions are kept brings them back": [
        f"{ENGINE}/test_a_system_that_was_dead.py::test_after_months_nothing_that_was_deleted_comes_back",
    ],
    "sequin-reorder: after a quarter of an hour a dead target gets an older value after a newer one": [
        f"{ENGINE}/test_a_system_that_was_dead.py::test_after_a_quarter_of_an_hour_no_older_value_follows_a_newer_one",
    ],
    "pimcore-82: an import in masses takes calls without bound": [
        f"{ENGINE}/test_an_import_in_masses.py::test_it_takes_few_calls_and_a_second_one_none",
    ],
    "pglogical-210: a default that the target adds loops": [
        "tests/core/test_plan.py::test_a_system_that_gives_values_back_in_another_form_is_not_written_for_ever",
    ],
}


def test_each_has_its_tests() -> None:
    gone = [name for names in LIFTED.values() for name in names if not _exists(name)]

    assert gone == []


def _exists(name: str) -> bool:
    file, _, test = name.partition("::")
    path = ROOT / file
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == test for node in ast.walk(tree)
    )
