// One's own account in the fake: doors, mailed links, second factor, sessions, workspaces.
import { ME, PASSWORD, id } from '../data.mjs';
import { Failed, dispatch, listed, notFound, one } from './wire.mjs';

export const CODE = '424242';
export const RECOVERY = Array.from({ length: 10 }, (_, i) => `k${i}wd-7hqm-x${i}rt`);
export const QR = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29"><rect width="29" height="29" fill="#fff"/><path d="M4 4h7v7H4zM18 4h7v7h-7zM4 18h7v7H4zM13 5h2v3h-2zM13 13h3v2h-3zM18 15h2v5h-2zM22 20h3v3h-3zM14 20h2v4h-2z"/></svg>`;
const HOUR = 36e5;
const EMAIL = /^\S+@\S+\.\S+$/;

const field = (name, message) => new Failed(400, 'invalid', message, name);
const gone = () => new Failed(410, 'link_invalid', 'This link is used up or has expired. Ask for a new one.');

/** The account of the one person who signs in here, and what was asked for on their behalf. */
export class Account {
  me = structuredClone({ ...ME, workspaces: [ME.workspace] });
  password = PASSWORD;
  tokens = new Set();
  options = { google: false, outbox: true };
  /** Mailed links that still work. */
  links = { verify: new Set(['verify-ok']), change: new Set(['change-ok']), reset: new Set(['reset-ok']) };
  invitations = new Map();
  recovery = [...RECOVERY];
  deleted = false;
  /** What was mailed, newest last. */
  mails = [];
  sessions = [
    { id: id('ses', 1), current: true, device: 'Chromium on Linux', address: '203.0.113.7', created_at: Date.now() - 2 * HOUR, last_used_at: Date.now() - 6e4 },
    { id: id('ses', 2), current: false, device: 'Safari on iPhone', address: '198.51.100.20', created_at: Date.now() - 200 * HOUR, last_used_at: Date.now() - 5 * HOUR },
    { id: id('ses', 3), current: false, device: 'Firefox on Windows', address: '2001:db8::1f', created_at: Date.now() - 900 * HOUR, last_used_at: Date.now() - 90 * HOUR },
  ];

  signedIn() {
    const token = `s${this.tokens.size}${Date.now()}`;
    this.tokens.add(token);
    return { reply: one({ state: 'signed_in', me: this.me }), headers: { 'set-cookie': `fd_session=${token}; HttpOnly; SameSite=Lax; Path=/` } };
  }

  /** What anyone may call. */
  door(call) {
    return dispatch(DOORS, { ...call, account: this });
  }

  /** What needs a session. */
  answer(call) {
    return dispatch(ROUTES, { ...call, account: this });
  }

  known(password) {
    if (!password) throw field('password', 'Enter your password.');
    if (password !== this.password) throw field('password', 'This is not your password.');
  }

  strong(password, name = 'password') {
    if (password.length < 10) throw field(name, 'Use at least 10 characters.');
  }
}

const DOORS = {
  'GET /v1/auth/options': ({ account }) => ({ reply: one(account.options) }),
  'POST /v1/auth/login': ({ account, body }) => {
    if (!/^\S+@\S+$/.test(body.email)) throw field('email', 'This is not an e-mail address.');
    if (body.email !== account.me.email || body.password !== account.password) throw new Failed(401, 'bad_credentials', 'E-mail or password is wrong. Check both and try again.');
    if (account.me.totp_enabled) return { reply: one({ state: 'second_factor', challenge: 'challenge-ok', expires_at: Date.now() + 3e5 }) };
    return account.signedIn();
  },
  'POST /v1/auth/login/second-factor': ({ account, body }) => {
    if (body.challenge !== 'challenge-ok' || body.code === '000000') throw new Failed(410, 'link_invalid', 'This took too long. Sign in again.');
    if (body.code !== CODE && !account.recovery.includes(body.code)) throw new Failed(401, 'bad_credentials', 'This code is wrong or used up. Enter the newest one.', 'code');
    account.recovery = account.recovery.filter((code) => code !== body.code);
    return account.signedIn();
  },
  'POST /v1/auth/register': ({ account, body }) => {
    if (!body.name) throw field('name', 'Enter your name.');
    if (!EMAIL.test(body.email)) throw field('email', 'This is not an e-mail address.');
    account.strong(body.password);
    if (body.password === 'password123') throw field('password', 'This password is on lists that attackers try first. Choose another.');
    account.registered = body;
    account.mails.push({ to: body.email, kind: 'verify' });
    return { reply: one({ state: 'check_mail', email: body.email }) };
  },
  'POST /v1/auth/verify-email': ({ account, body }) => {
    if (!account.links.verify.delete(body.token)) throw gone();
    account.me.email_verified = true;
    return account.signedIn();
  },
  'POST /v1/auth/change-email': ({ account, body }) => {
    if (!account.links.change.delete(body.token)) throw gone();
    return { reply: one({}) };
  },
  'POST /v1/auth/forgot-password': ({ account, body }) => {
    if (!EMAIL.test(body.email)) throw field('email', 'This is not an e-mail address.');
    account.mails.push({ to: body.email, kind: 'reset' });
    return { reply: one({}) };
  },
  'POST /v1/auth/reset-password': ({ account, body }) => {
    account.strong(body.password);
    if (!account.links.reset.delete(body.token)) throw gone();
    account.password = body.password;
    account.tokens.clear();
    return { reply: one({}) };
  },
  'POST /v1/auth/invitation': ({ account, body }) => {
    const invitation = account.invitations.get(body.token);
    if (!invitation) throw gone();
    return { reply: one(invitation) };
  },
  'POST /v1/auth/invitation/accept': ({ account, body, session }) => {
    const invitation = account.invitations.get(body.token);
    if (!invitation) throw gone();
    if (invitation.account_exists && !account.tokens.has(session)) throw new Failed(401, 'sign_in_required', 'Sign in to join.');
    if (invitation.account_exists && invitation.email !== account.me.email) throw new Failed(403, 'forbidden', `This invitation is for ${invitation.email}. Sign in with that address.`);
    if (!invitation.account_exists) {
      if (!body.name) throw field('name', 'Enter your name.');
      account.strong(body.password ?? '');
      account.me = { ...account.me, name: body.name, email: invitation.email };
      account.password = body.password;
    }
    account.invitations.delete(body.token);
    const joined = { id: id('ws', 7), name: invitation.workspace_name, role: invitation.role };
    account.me.workspace = joined;
    account.me.workspaces = [...account.me.workspaces, joined];
    return account.signedIn();
  },
};

const ROUTES = {
  'GET /v1/auth/me': ({ account }) => one(account.me),
  'POST /v1/auth/logout': ({ account, session }) => {
    account.tokens.delete(session);
    return one({});
  },
  'POST /v1/account/verification': ({ account }) => {
    account.mails.push({ to: account.me.email, kind: 'verify' });
    return one({});
  },
  'PATCH /v1/account': ({ account, body }) => {
    if (!body.name.trim()) throw field('name', 'Enter your name.');
    account.me.name = body.name;
    return one(account.me);
  },
  'POST /v1/account/password': ({ account, body }) => {
    if (body.current !== account.password) throw field('current', 'This is not your password.');
    account.strong(body.new, 'new');
    account.password = body.new;
    account.sessions = account.sessions.filter((session) => session.current);
    return one({});
  },
  'POST /v1/account/email': ({ account, body }) => {
    if (!EMAIL.test(body.email)) throw field('email', 'This is not an e-mail address.');
    account.known(body.password);
    account.mails.push({ to: body.email, kind: 'change' });
    return one({});
  },
  'POST /v1/account/totp': ({ account, body }) => {
    account.known(body.password);
    return one({ secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Frontdesk:maren', qr_svg: QR });
  },
  'POST /v1/account/totp/confirm': ({ account, body }) => {
    if (body.code !== CODE) throw field('code', 'This code is wrong. Enter the one that is shown now.');
    account.me.totp_enabled = true;
    return one({ codes: RECOVERY });
  },
  'POST /v1/account/totp/disable': ({ account, body }) => {
    account.known(body.password);
    account.me.totp_enabled = false;
    return one({});
  },
  'POST /v1/account/recovery-codes': ({ account, body }) => {
    account.known(body.password);
    return one({ codes: RECOVERY.map((code) => code.toUpperCase()) });
  },
  'GET /v1/account/sessions': ({ account, query }) => listed(account.sessions, query),
  'DELETE /v1/account/sessions': ({ account }) => {
    account.sessions = account.sessions.filter((session) => session.current);
    return one({});
  },
  'DELETE /v1/account/sessions/{session}': ({ account }, wanted) => {
    if (!account.sessions.some((session) => session.id === wanted)) throw notFound();
    account.sessions = account.sessions.filter((session) => session.id !== wanted);
    return one({});
  },
  'POST /v1/account/delete': ({ account, body, world }) => {
    account.known(body.password);
    if (account.me.workspace?.role === 'owner' && world.team.members.length > 1) throw new Failed(409, 'conflict', 'You are the only owner of Larkspur Vets. Transfer or delete it first.');
    account.deleted = true;
    account.tokens.clear();
    return one({});
  },
  'GET /v1/workspaces': ({ account, query }) => listed(account.me.workspaces, query),
  'POST /v1/workspaces': ({ account, body }) => {
    if (body.name.length < 2) throw field('name', 'Use at least 2 characters.');
    const made = { id: id('ws', 30 + account.me.workspaces.length), name: body.name, role: 'owner' };
    account.me.workspaces.push(made);
    return one(made);
  },
  'POST /v1/workspaces/{workspace}/select': ({ account }, wanted) => {
    const found = account.me.workspaces.find((workspace) => workspace.id === wanted);
    if (!found) throw notFound();
    account.me.workspace = found;
    return one(account.me);
  },
  'POST /v1/workspaces/{workspace}/leave': ({ account }, wanted) => {
    const found = account.me.workspaces.find((workspace) => workspace.id === wanted);
    if (found?.role === 'owner') throw new Failed(409, 'conflict', 'You are the last owner. Transfer the ownership first.');
    account.me.workspaces = account.me.workspaces.filter((workspace) => workspace !== found);
    account.me.workspace = account.me.workspaces[0];
    return one({});
  },
};
