-- The view that filled the sample until `interactions_to_sampled` did.
DROP VIEW IF EXISTS incoming_to_sampled
