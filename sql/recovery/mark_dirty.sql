SELECT ops.mark_dirty(%(fact)s, %(months)s::integer []);
