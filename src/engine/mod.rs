//! Tasks: watermark, overlay, timers, commit, restore.
