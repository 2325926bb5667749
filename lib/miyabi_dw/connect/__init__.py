"""The way in: a team's git history, tracker and agent logs become the source database.

An origin (one module each) reads what is new since its cursor and hands records to a sink; `landing` merges them by key
into the source's schema `landing`, and `conform` makes the source's tables of them, each link with how it was found.
"""
