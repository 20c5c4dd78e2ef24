// The certified OpenID provider, on this machine, for people whose password is anything.
//     node provider.mjs PORT PUBLIC_URL
// It keeps to the standard: e-mail and groups are told by userinfo, not in the ID token.
import { Provider } from 'oidc-provider';

const [port, publicUrl] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;
const PEOPLE = {
  vera: { email: 'vera@example.com', groups: ['everyone'] },
  sam: { email: 'sam@example.com', groups: ['everyone', 'support'] },
  lea: { email: 'lea@example.com', groups: ['everyone', 'leads'] },
  mallory: { email: 'mallory@elsewhere.test', groups: [] },
};

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'dashboard',
    client_secret: 'not-a-secret-outside-tests',
    redirect_uris: [`${publicUrl}/sign-in/back`],
    post_logout_redirect_uris: [`${publicUrl}/`],
  }],
  claims: {
    openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'],
  },
  scopes: ['openid', 'email', 'profile', 'groups'],
  findAccount: (_context, id) => PEOPLE[id] && {
    accountId: id,
    claims: async () => ({ sub: id, name: id, email_verified: true, ...PEOPLE[id] }),
  },
  // consent is not what is tried here
  loadExistingGrant: async (context) => {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope('openid email profile groups');
    await grant.save();
    return grant;
  },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  cookies: { keys: ['tests'] },
  ttl: { Session: 3600, IdToken: 600, AccessToken: 600, Interaction: 600, Grant: 3600 },
});
provider.listen(Number(port), '127.0.0.1');
