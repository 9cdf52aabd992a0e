-- Lines of the file that the definition reads: those that are not clean, and on the way to the last of them the first of
-- every so many clean ones, to see that both lanes mean the same line by the same ordinal.
select rowid + 1 as ordinal, id, is_clean
from clean_line
where
    not is_clean
    or rowid % $apart = 0 and rowid < (select max(rowid) from clean_line where not is_clean)
order by ordinal;
