-- Plans that are sold with the product's own badge in the widget: its words. Whoever changes a workspace's plan has the
-- edges of its agents told.
UPDATE plans SET offers = json_set(offers, '$.badge', 'Powered by Frontdesk') WHERE id IN ('free', 'starter', 'pro');
