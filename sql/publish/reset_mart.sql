SELECT ops.reset_mart(%(mart)s);
