-- Lines that were called clean and that the definition refuses, by their ordinals: they are not taken from here.
update clean_line
set is_clean = false
where list_contains($ordinals, rowid + 1);
