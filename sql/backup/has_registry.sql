SELECT to_regclass('ops.backup') IS NOT null AS has_registry;
