-- An instance was kept on from one day until the deployment was gone the next.
insert into deployment_seen values (
    'acme/live', 1, 'acme/private', 'v7', 'gpu-t4', 1, 3,
    '2026-10-05 20:00', '2026-10-05 21:00', '2026-10-06 01:00', '2026-10-06 02:30'
);
