// The clients as they are: the widget and the agents' program of the days of the
// list of events (Widget, Gui), those of June 2023 (WidgetOfJune, GuiOfJune), and
// today's widget (WidgetOfToday). They speak to the back-end on another port, with
// credentials; they close their streams after each batch and at the first error.
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
  if ('response' in json) return json.response;
  return json.data ? Object.values(json.data)[0] : json;
}

// What a client asks for and lives without.
const maybe = promise => promise.catch(() => undefined);

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

  async end(event) {
    await post('/cs-end-chat', { chatId: this.chatId, event, authorTimestamp: now(),
      authorFirstName: this.user.firstName, authorId: this.user.idCode, authorRole: 'backoffice-user' });
  }

  get contents() {
    return this.messages.map(message => message.content);
  }
}

// In June it hides itself when the back-end is not well, tells its agent what it
// has read, extends its token, and leaves with a reason.
class WidgetOfJune extends Widget {
  async start(content) {
    await get('/healthz');
    this.config = await maybe(get('/get-widget-config'));
    this.notice = await maybe(get('/get-emergency-notice'));
    const chat = await super.start(content);
    this.wait = await post('/estimated-waiting-time');
    await post('/post-message-preview', { chatId: null, content: '' });
    await post('/custom-jwt-extend');
    return chat;
  }

  take(batch) {
    super.take(batch);
    if (batch.some(message => message.authorRole === 'backoffice-user' && !message.event))
      this.read = maybe(post('/post-message', { chatId: this.chatId, content: 'message-read',
        event: 'message-read', authorTimestamp: now(), authorRole: 'end-user' }));
  }

  // Both at the same moment.
  async leave(event, rating) {
    await Promise.all([
      post('/post-chat-feedback-rating', { chatId: this.chatId, feedbackRating: rating }),
      post('/end-chat', { chatId: this.chatId, event, authorTimestamp: now(), authorRole: 'end-user' }),
    ]);
  }
}

// In June it reads by GET, begins its stream at its own clock, hides what it wrote
// itself, and shows twice what comes twice.
class GuiOfJune {
  constructor() {
    this.messages = [];
    this.opened = 0;
  }

  async start(login, password) {
    await post('/cs-login', { login, password });
    this.user = await get('/cs-custom-jwt-userinfo');
    [this.activity] = await get(`/cs-get-customer-support-activity?customerSupportId=${this.user.idCode}`);
    await post('/cs-set-customer-support-activity', { customerSupportActive: true,
      customerSupportStatus: 'online', customerSupportId: this.user.idCode });
    this.profile = await get('/cs-get-user-profile-settings?userId=1');
    this.visibility = [await get('/cs-get-csa-name-visibility'), await get('/cs-get-csa-title-visibility')];
    await this.refresh();
    return this.user;
  }

  async refresh() {
    this.chats = await get('/cs-get-all-active-chats');
  }

  async claim(chatId) {
    const chat = await post('/cs-claim-chat', { id: chatId, csaTitle: this.user.csaTitle,
      customerSupportDisplayName: this.user.displayName, customerSupportId: this.user.idCode,
      forwardedByUser: '', forwardedFromCsa: '', forwardedToCsa: '' });
    this.chatId = chat.id;
    this.messages = await post('/cs-get-messages-by-chat-id', { chatId });
    this.lastRead = now();
    this.listen();
  }

  listen() {
    if (this.stream) this.stream.close();
    this.opened += 1;
    this.stream = listen(`/sse/cs-get-new-messages?chatId=${this.chatId}&lastRead=${this.lastRead.split('+')[0]}`,
      batch => this.take(batch));
  }

  take(batch) {
    const others = batch.filter(message => message.authorId !== this.user.idCode);
    if (!others.length) return;
    this.messages.push(...others);
    this.lastRead = now();
    this.listen();
  }

  async say(content) {
    const message = { chatId: this.chatId, content, authorTimestamp: now(), authorFirstName: '',
      authorId: this.user.idCode, authorRole: 'backoffice-user' };
    this.messages.push(message);
    await post('/cs-post-message', message);
  }

  async end(event) {
    await post('/cs-end-chat', { chatId: this.chatId, event, authorTimestamp: now(),
      authorFirstName: null, authorId: this.user.idCode, authorRole: this.user.authorities });
  }

  get contents() {
    return this.messages.map(message => message.content);
  }
}

// Today's widget hears that there is something new, and fetches it.
class WidgetOfToday {
  constructor() {
    this.messages = [];
    this.doubled = [];
    this.chat = {};
  }

  async start(content) {
    this.config = await get('/backoffice/chats/config/widget');
    this.greeting = await maybe(get('/backoffice/chats/greeting'));
    await maybe(get('/backoffice/auth/jwt/userinfo'));
    const message = { chatId: null, content, authorTimestamp: now(), authorRole: 'end-user' };
    const chat = await post('/backoffice/chats/init', {
      message, endUserTechnicalData: { endUserUrl: location.href, endUserOs: 'Linux' } });
    this.chatId = chat.id;
    this.lastRead = chat.created;
    this.streams = [
      this.hear(this.chatId, ({ type }) => type === 'message' && this.fetch()),
    ];
    await this.refresh();
    return chat;
  }

  // Keeps EventSource's own way of coming back.
  hear(channel, take) {
    const source = new EventSource(`${api}/sse/notifications/${channel}`, { withCredentials: true });
    source.onmessage = ({ data }) => take(JSON.parse(data));
    source.onopen = () => this.fetch(); // what was said before it was open
    return source;
  }

  async refresh() {
    this.chat = await post('/backoffice/chats/get', { chatId: this.chatId });
  }

  async fetch() {
    const rows = await get(`/backoffice/chats/messages/new?timeRangeBegin=${this.lastRead.split('+')[0]}`);
    for (const row of rows) {
      const shown = this.messages.find(message => message.id === row.id);
      if (shown) Object.assign(shown, row);
      else this.messages.push(row);
    }
    await this.refresh();
  }

  async say(content) {
    await post('/backoffice/chats/messages/add', { chatId: this.chatId, content,
      authorTimestamp: now(), authorRole: 'end-user' });
  }

  async leave(event) {
    await post('/backoffice/chats/end', { message: { chatId: this.chatId, event,
      authorTimestamp: now(), authorRole: 'end-user' } });
  }

  get contents() {
    return this.messages.map(message => message.content);
  }
}

// Each at its time, whether the one before was answered or not.
for (const client of [Widget, Gui, GuiOfJune, WidgetOfToday])
  client.prototype.burst = async function (name, count, milliseconds) {
    const posts = [];
    for (let i = 0; i < count; i++) {
      posts.push(this.say(`${name} ${i}`));
      await new Promise(resolve => setTimeout(resolve, milliseconds));
    }
    await Promise.all(posts);
  };
