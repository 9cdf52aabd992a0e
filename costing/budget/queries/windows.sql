-- What each budget spent in each window that ends now: piece n lies in the n longest windows.
select b.budget, s.piece, coalesce(sum(s.amount_usd), 0) as amount_usd
from classed as s
inner join class_budget as m on s.class = m.class
inner join budget_asked as b on m.budget = b.budget
group by b.budget, s.piece
order by b.budget, s.piece;
