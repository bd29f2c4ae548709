"""The study: time windows against provenance, the same edits and the same delays through both.

Two systems, people who edit in both, and a bridge between them that is told of every change by a hook some time
later. The bridges of `windows` are written from the description of the known ones: on a hook they read the record,
write all of it to the other system, and take no notice of what that system says of it for 2, 3 or 10 seconds. The
bridge of `provenance` is the replicator's own core. What became of the edits is read off the two systems alone.

    python -m benchmarks.study            the table, and the pictures in docs/
"""
