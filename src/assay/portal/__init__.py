"""The portal: the door for people without a terminal. Pages and their routes may live here, decisions may not."""
