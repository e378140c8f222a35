// The peers' responses: bodies like ours, always the same.
const _id = '507f1f77bcf86cd799439011', linkedin_url = 'https://www.linkedin.com/in/janedoe';

export const EMAIL = '/v1/api/enrichment/email', CREDITS = '/v1/api/enrichment/credits';
export const TYPE = 'application/json; charset=utf-8';
export const ACCEPTED = { _id, status: 'pending', linkedin_url };
export const RESOLVED = { _id, status: 'completed', enrichment_type: 'work_email',
                          email: { email: 'janedoe@example.com', type: 'work' }, linkedin_url };
export const BALANCE = { balance: 250 };
