"""Stock is watched: who must order again, and what buyers see of what there is."""
