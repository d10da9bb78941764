// Clients as they were in the days of the list of events: they speak to the
// back-end on another port, with credentials, through the first key of `data`;
// they close their streams after each batch and at the first error, and know a
// message by its authorTimestamp and authorRole.
'use strict';

const api = new URLSearchParams(location.search).get('api');

async function call(method, path, body) {
  const response = await fetch(api + path, {
    method,
    credentials: 'include',
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok || text === '') throw new Error(`${path}: ${response.status} ${text}`);
  const json = JSON.parse(text);
  if (json.error) throw new Error(`${path}: ${text}`);
  return json.data ? Object.values(json.data)[0] : json;
}

const post = (path, body) => call('POST', path, body);
const get = path => call('GET', path);

// take(value) for each frame; a stream that breaks is closed for good.
function listen(path, take) {
  const source = new EventSource(api + path, { withCredentials: true });
  source.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.statusCodeValue !== 200 || !frame.body) return;
    take(frame.body.data ? Object.values(frame.body.data)[0] : frame.body);
  };
  source.onerror = () => {
    broken.push(path);
    source.close();
  };
  return source;
}

const broken = []; // streams that ended by themselves

// Resolves when holds() does.
async function until(holds, what, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`never: ${what}; broken: ${broken}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

const now = () => new Date().toISOString();
const nameOf = message => `${new Date(message.authorTimestamp).toISOString()} ${message.authorRole}`;

// The end user's widget.
class Widget {
  constructor() {
    this.messages = []; // as they are shown
    this.doubled = [];
    this.streams = [];
    this.opened = 0;
    this.chat = {};
  }

  async start(content) {
    await get('/healthz');
    await post('/custom-jwt-userinfo', 'clientCustomJwtCookie');
    const message = { chatId: null, content, authorTimestamp: now(), authorRole: 'end-user' };
    this.messages.push(message);
    const chat = await post('/init-chat', {
      message, endUserTechnicalData: { endUserUrl: location.href, endUserOs: 'Linux' } });
    this.chatId = chat.id;
    this.lastRead = now();
    this.listen();
    return chat;
  }

  // After a reload.
  async resume(chatId) {
    this.chatId = chatId;
    this.chat = await post('/get-chat-by-id', { id: chatId });
    this.messages = await post('/get-messages-by-chat-id', { id: chatId });
    this.lastRead = now();
    this.listen();
  }

  listen() {
    this.streams.forEach(stream => stream.close());
    this.opened += 2;
    this.streams = [
      listen(`/sse/get-new-messages?chatId=${this.chatId}&timeRangeBegin=${this.lastRead.split('+')[0]}`,
        batch => this.take(batch)),
      listen(`/sse/get-chat-by-id?id=${this.chatId}`, chat => this.see(chat)),
    ];
  }

  take(batch) {
    const news = batch.filter(message => message.event !== 'greeting');
    if (!news.length) return;
    for (const message of news) {
      const own = this.messages.find(shown => nameOf(shown) === nameOf(message) && !shown.id);
      if (own) Object.assign(own, message);
      else if (this.messages.some(shown => shown.id === message.id && shown.event === message.event))
        this.doubled.push(message);
      else this.messages.push(message);
    }
    this.lastRead = now();
    this.listen();
  }

  see(chat) {
    this.chat = chat;
    if (chat.status !== 'ENDED') return;
    this.streams.forEach(stream => stream.close());
  }

  async say(content, more = {}) {
    const message = { chatId: this.chatId, content, authorTimestamp: now(), authorRole: 'end-user', ...more };
    this.messages.push(message);
    await post('/post-message', message);
    return message;
  }

  // Each at its time, whether the one before was answered or not.
  async burst(count, milliseconds) {
    const posts = [];
    for (let i = 0; i < count; i++) {
      posts.push(this.say(`burst ${i}`));
      await new Promise(resolve => setTimeout(resolve, milliseconds));
    }
    await Promise.all(posts);
  }

  get contents() {
    return this.messages.map(message => message.content);
  }
}

// The agents' program.
class Gui {
  constructor() {
    this.chats = [];
    this.messages = [];
    this.opened = 0;
  }

  async start(login, password) {
    await post('/cs-login', { login, password });
    this.user = await post('/cs-custom-jwt-userinfo', 'customJwtCookie');
    await post('/cs-set-customer-support-activity',
      { customerSupportStatus: 'true', customerSupportId: this.user.idCode });
    this.list = listen('/sse/cs-get-all-active-chats', chats => {
      this.chats = chats;
      if (this.chatId) this.listen();
    });
    return this.user;
  }

  async claim(chatId) {
    const chat = await post('/cs-claim-chat', { id: chatId,
      customerSupportDisplayName: this.user.displayName, customerSupportId: this.user.idCode });
    this.chatId = chat.id;
    this.messages = await post('/cs-get-messages-by-chat-id', { chatId });
    this.listen();
  }

  listen() {
    if (this.stream) this.stream.close();
    this.opened += 1;
    const lastRead = this.messages.length ? this.messages[this.messages.length - 1].updated : '';
    this.stream = listen(`/sse/cs-get-new-messages?chatId=${this.chatId}&lastRead=${lastRead.split('+')[0]}`,
      batch => this.take(batch));
  }

  take(batch) {
    const news = batch.filter(message => !this.messages.some(shown => shown.id === message.id &&
      shown.event === message.event));
    if (!news.length) return;
    this.messages.push(...news);
    this.listen();
  }

  async say(content) {
    await post('/cs-post-message', { chatId: this.chatId, content, authorTimestamp: now(),
      authorFirstName: this.user.firstName, authorId: this.user.idCode, authorRole: 'backoffice-user' });
  }

  async burst(count, milliseconds) {
    const posts = [];
    for (let i = 0; i < count; i++) {
      posts.push(this.say(`answer ${i}`));
      await new Promise(resolve => setTimeout(resolve, milliseconds));
    }
    await Promise.all(posts);
  }

  async end(event) {
    await post('/cs-end-chat', { chatId: this.chatId, event, authorTimestamp: now(),
      authorFirstName: this.user.firstName, authorId: this.user.idCode, authorRole: 'backoffice-user' });
  }

  get contents() {
    return this.messages.map(message => message.content);
  }
}
