-- Rejected rows that are tried again: they come back, with their reason, if they fail again.
delete from ledger.rejected
where list_contains($digests, digest);
