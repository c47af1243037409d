// Drives a platform with the original client, unchanged. Usage: node drive.mjs URL KEY WALLET
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import sdk from '@treza/sdk';
import { faults, methodNames } from './types.mjs';

const { TrezaClient, TrezaSdkError } = sdk;
const [baseUrl, apiKey, walletAddress] = process.argv.slice(2);
const client = new TrezaClient({ baseUrl, apiKey });
const called = new Set();

/** The result of a call that must succeed, and be what the type file promises. */
async function call(method, ...args) {
  called.add(method);
  const result = await client[method](...args);
  assert.deepEqual(faults(method, result), [], method);
  console.log(`ok ${method}`);
  return result;
}

/** A call that must be refused with a status and a text. */
async function refused(status, method, args, by = client) {
  called.add(method);
  await assert.rejects(by[method](...args), (error) => {
    assert.ok(error instanceof TrezaSdkError, String(error));
    assert.equal(error.statusCode, status, `${method}: ${error.message}`);
    assert.equal(error.message, error.details.response.error);
    return true;
  });
  console.log(`ok ${method} is refused with ${status}`);
}

async function until(id, status) {
  for (;;) {
    const enclave = await client.getEnclave(id);
    assert.deepEqual(faults('getEnclave', enclave), []);
    if (enclave.status === status) {
      return;
    }
    assert.notEqual(enclave.status, 'FAILED', enclave.error_message);
    await pause(20);
  }
}

const [provider] = await call('getProviders');
assert.deepEqual(await call('getProvider', provider.id), provider);

const { id } = await call('createEnclave', {
  name: 'hardened-service',
  description: 'api',
  region: provider.regions[0],
  walletAddress,
  providerId: provider.id,
  providerConfig: {
    dockerImage: 'a@sha256:' + 'a'.repeat(64),
    cpuCount: '2',
    memoryMiB: '1024',
    instanceType: 'm6i.xlarge',
  },
});
await until(id, 'DEPLOYED');
assert.deepEqual((await call('getEnclaves', walletAddress)).map((enclave) => enclave.id), [id]);
const updated = await call('updateEnclave', { id, walletAddress, description: 'new text' });
assert.equal(updated.description, 'new text');
assert.equal((await call('getEnclave', id)).description, 'new text');

for (const type of ['all', 'ecs', 'stepfunctions', 'lambda', 'application', 'errors']) {
  assert.equal((await call('getEnclaveLogs', id, type, 10)).enclave_id, id);
}

const attestation = await call('getAttestation', id);
assert.equal(attestation.enclaveId, id);
assert.equal((await call('getVerificationStatus', id)).isVerified, true);
assert.equal((await call('verifyAttestation', id)).isValid, true);
const nonce = 'anything at all';
const verified = await call('verifyAttestation', id, { nonce });
assert.equal(verified.isValid && verified.verificationDetails.nonceMatches, true);
const garbage = await call('verifyAttestation', id, { nonce, attestationDocument: 'garbage' });
assert.equal(garbage.isValid, false);
for (const language of ['javascript', 'python', 'curl', 'java']) {
  assert.match(await call('generateIntegrationSnippet', id, language), new RegExp(id));
}

const task = await call('createTask', {
  name: 't', description: 'd', enclaveId: id, schedule: '0 * * * *', walletAddress,
});
assert.deepEqual(await call('getTasks', walletAddress), [task]);
const running = await call('updateTask', { id: task.id, walletAddress, status: 'running' });
assert.ok(running.lastRun);
await call('deleteTask', task.id, walletAddress);
assert.deepEqual(await call('getTasks', walletAddress), []);

const made = await call('createApiKey', {
  name: 'reader', permissions: ['enclaves:read'], walletAddress,
});
const reader = new TrezaClient({ baseUrl, apiKey: made.key });
assert.equal((await reader.getEnclave(id)).id, id);
await refused(403, 'pauseEnclave', [id, walletAddress], reader);
const listed = (await call('getApiKeys', walletAddress)).find((key) => key.id === made.id);
assert.equal(listed.key, undefined);
assert.equal(listed.keyHash, made.keyHash);
await call('updateApiKey', { id: made.id, walletAddress, status: 'inactive' });
await refused(401, 'getEnclave', [id], reader);
await call('deleteApiKey', made.id, walletAddress);
await refused(401, 'getEnclaves', [walletAddress], new TrezaClient({ baseUrl }));

await call('pauseEnclave', id, walletAddress);
await until(id, 'PAUSED');
await refused(400, 'getAttestation', [id]);
await call('resumeEnclave', id, walletAddress);
await until(id, 'DEPLOYED');
await call('performEnclaveAction', { id, action: 'pause', walletAddress });
await until(id, 'PAUSED');
await call('terminateEnclave', id, walletAddress);
await until(id, 'DESTROYED');
await call('deleteEnclave', id, walletAddress);
await refused(404, 'getEnclave', [id]);

await refused(501, 'getGitHubAuthUrl', ['state']);
await refused(501, 'exchangeGitHubCode', [{ code: 'c' }]);
await refused(501, 'getGitHubRepositories', ['token']);
await refused(501, 'getRepositoryBranches', [{ accessToken: 't', repository: 'r' }]);
await refused(501, 'searchDockerImages', ['nginx']);
await refused(501, 'getDockerTags', ['library/nginx']);
await refused(501, 'redactText', ['text']);
await refused(501, 'redactChatCompletions', [{ messages: [] }]);
await refused(501, 'getRedactionLog', []);
await refused(501, 'getRedactionAttestation', []);

assert.deepEqual([...called].sort(), [...methodNames].sort(), 'every method of the client');
console.log(`all ${methodNames.length} methods`);
