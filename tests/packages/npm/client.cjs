// The client under test, as an app has one.
const lead = (username, more = {}) => ({ linkedin_url: `https://www.linkedin.com/in/${username}`, type: 'work', ...more });

class Client {
  constructor({ url, apiKey }) {
    this.base = `${url}/v1/api/enrichment/email`;
    this.headers = { 'x-api-key': apiKey, 'content-type': 'application/json' };
  }

  async request(body) {
    const response = await fetch(this.base, { method: 'POST', headers: this.headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`refused: ${response.status}`);
    return (await response.json())._id;
  }

  async poll(id) {
    return (await fetch(`${this.base}/${id}`, { headers: this.headers })).json();
  }
}

module.exports = { Client, lead };
