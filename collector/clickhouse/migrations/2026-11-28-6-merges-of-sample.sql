-- As for `interactions`.
ALTER TABLE sampled MODIFY SETTING merge_selector_base = 10
