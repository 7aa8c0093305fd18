#!/usr/bin/env python3
"""Scriptable SIP phones and providers for the tests: UDP on loopback, PCMU, no dependency.

Not a conforming user agent: just enough to drive Asterisk on purpose. Requests are not sent again (loopback
loses nothing); Asterisk's retransmissions are answered with the answer it missed.

Run as a program it plays many phones at once: one JSON object per line on stdin, one answer per line on
stdout, `{"id": 7, "ok": true, ...}` or `{"id": 7, "ok": false, "error": "..."}`; commands run side by side, so
that a "wait" holds nobody up. The commands are the `do_...` methods of `Desk`. It ends with its stdin.
"""
import asyncio
import bisect
import collections
import hashlib
import json
import math
import random
import re
import struct
import sys
import time


def token(length=12):
    return ''.join(random.choice('0123456789abcdef') for _ in range(length))


def tag_of(header):
    found = re.search(r';\s*tag=([^;>\s]+)', header)
    return found.group(1) if found else ''


def uri_of(header):
    found = re.search(r'<([^>]*)>', header)
    return found.group(1) if found else header.split(';')[0].strip()


class Message:
    """A request or a reply, as read."""

    def __init__(self, data):
        head, _, self.body = data.decode('utf-8', 'surrogateescape').partition('\r\n\r\n')
        first, *lines = head.split('\r\n')
        self.headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(':') for line in lines)]
        self.is_request = not first.startswith('SIP/2.0')
        words = first.split(' ')
        self.code = 0 if self.is_request else int(words[1])
        self.method = words[0] if self.is_request else self.get('cseq').split()[1]
        self.cseq = int(self.get('cseq').split()[0])

    def get(self, name):
        return next((value for key, value in self.headers if key == name), '')

    def all(self, name):
        return [value for key, value in self.headers if key == name]

    def key(self):
        return self.get('call-id'), self.get('cseq'), self.get('via')


def of_mu_law(byte):
    byte = ~byte & 0xff
    size = (((byte & 15) << 3) + 0x84 << (byte >> 4 & 7)) - 0x84
    return -size if byte & 0x80 else size


FROM_MU_LAW = [of_mu_law(byte) for byte in range(256)]
TO_MU_LAW = sorted((value, byte) for byte, value in enumerate(FROM_MU_LAW))


def mu_law(value):
    """The byte that is nearest to a sample."""
    at = bisect.bisect_left(TO_MU_LAW, (value, -1))
    return min(TO_MU_LAW[max(0, at - 1):at + 1], key=lambda pair: abs(pair[0] - value))[1]


class Media(asyncio.DatagramProtocol):
    """The RTP of one call: silence, or a tone, every 20 ms once the other side is known, and digits (RFC 4733).
    What comes is kept for ten seconds."""

    def __init__(self):
        self.received, self.digits, self.to, self.task = 0, [], None, None
        self.tone, self.said, self.heard = 0, 0, collections.deque(maxlen=80000)

    async def open(self):
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=('127.0.0.1', 0))
        return self

    def connection_made(self, transport):
        self.transport, self.port = transport, transport.get_extra_info('sockname')[1]

    def datagram_received(self, data, _from):
        self.received += 1
        if len(data) > 12 and data[1] & 0x7f == 0:
            self.heard.extend(FROM_MU_LAW[byte] for byte in data[12:])

    def next_piece(self):
        """What is said in the next 20 ms."""
        if not self.tone:
            return b'\xff' * 160
        self.said += 160
        turn = 2 * math.pi * self.tone / 8000
        return bytes(mu_law(12000 * math.sin(turn * n)) for n in range(self.said - 160, self.said))

    def share(self, hz):
        """How much of the last second is that tone, 0 to 1; 0 of what is hardly heard."""
        last = list(self.heard)[-8000:]
        power = sum(value * value for value in last)
        if len(last) < 8000 or power < 8000 * 200 ** 2:
            return 0
        turn = 2 * math.pi * hz / 8000
        real = sum(value * math.cos(turn * n) for n, value in enumerate(last))
        other = sum(value * math.sin(turn * n) for n, value in enumerate(last))
        return 2 * (real * real + other * other) / (power * len(last))

    def loud(self):
        """How much of what is kept is louder than a line's noise, ms."""
        all_of_it = list(self.heard)
        pieces = (all_of_it[n:n + 160] for n in range(0, len(all_of_it) - 159, 160))
        return 20 * sum(sum(map(abs, piece)) > 160 * 300 for piece in pieces)

    def talk_to(self, sdp):
        port, host = re.search(r'm=audio (\d+)', sdp), re.search(r'c=IN IP4 (\S+)', sdp)
        if port and int(port.group(1)):
            self.to = (host.group(1) if host else '127.0.0.1', int(port.group(1)))
            self.task = self.task or asyncio.ensure_future(self.run())

    async def run(self):
        sequence, stamp, source = random.randrange(30000), random.randrange(1 << 30), random.randrange(1 << 32)

        def send(kind, payload):
            nonlocal sequence
            packet = struct.pack('!BBHII', 0x80, kind, sequence & 0xffff, stamp & 0xffffffff, source) + payload
            self.transport.sendto(packet, self.to)
            sequence += 1
        due = time.monotonic()
        while True:
            if self.digits:
                digit = '0123456789*#ABCD'.index(self.digits.pop(0))
                for step in range(8):  # 100 ms of key, its end three times
                    end = 0x80 if step >= 5 else 0
                    send(101 | (0x80 if step == 0 else 0), struct.pack('!BBH', digit, 10 | end, min(160 * (step + 1), 960)))
                    await asyncio.sleep(.02 if step < 6 else 0)
                stamp += 1280
                due = time.monotonic()
            send(0, self.next_piece())
            stamp += 160
            due += .02
            await asyncio.sleep(max(0, due - time.monotonic()))

    def close(self):
        if self.task:
            self.task.cancel()
        self.transport.close()


class Call:
    """One dialog of a phone."""

    def __init__(self, phone, call_id, invite=None):
        self.phone, self.id, self.invite = phone, call_id, invite
        self.tag, self.cseq, self.state, self.code, self.why = token(8), random.randrange(1, 100), 'new', 0, ''
        self.media, self.replies, self.authenticated, self.version = None, {}, False, 0
        self.marks = {name: asyncio.Event() for name in ('ringing', 'up', 'ended')}
        if invite:
            self.state, self.local = 'incoming', '<%s>;tag=%s' % (uri_of(invite.get('to')), self.tag)
            self.remote, self.target = invite.get('from'), uri_of(invite.get('contact'))

    # What travels

    def sdp(self, mode='sendrecv'):
        self.version += 1  # chan_sip takes no offer that is not newer
        return ('v=0\r\no=- 1 %d IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0 101\r\n'
                'a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=%s\r\n'
                % (self.version, self.media.port, mode))

    def request(self, method, body='', extra=(), cseq=None, branch=None):
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        self.phone.send([
            '%s %s SIP/2.0' % (method, self.target), 'Via: SIP/2.0/UDP 127.0.0.1:%d;branch=%s' % (self.phone.port, branch or 'z9hG4bK' + token()),
            'Max-Forwards: 70', 'From: ' + self.local, 'To: ' + self.remote, 'Call-ID: ' + self.id, 'CSeq: %d %s' % (cseq, method),
            'Contact: <sip:%s@127.0.0.1:%d>' % (self.phone.user, self.phone.port), 'User-Agent: labsip', *extra,
            *(['Content-Type: application/sdp'] if body else [])], body)
        return cseq

    async def final_reply(self, cseq, within=5):
        async with asyncio.timeout(within):
            while self.replies.get(cseq, 0) < 200:
                await asyncio.sleep(.01)
        return self.replies[cseq]

    def send_invite(self, extra=()):
        self.branch = 'z9hG4bK' + token()
        self.invite_cseq = self.request('INVITE', self.sdp(), extra, branch=self.branch)

    def on_invite_reply(self, reply):
        """A reply to our first INVITE."""
        if tag_of(reply.get('to')):
            self.remote = reply.get('to')
        if reply.code in (401, 407) and not self.authenticated:
            self.request('ACK', cseq=reply.cseq, branch=self.branch)
            self.authenticated, self.remote = True, '<%s>' % self.target
            self.send_invite([self.phone.credentials(reply, 'INVITE', self.target)])
        elif reply.code in (180, 183):
            if self.state == 'calling':
                self.state = 'ringing'
            self.marks['ringing'].set()
        elif 200 <= reply.code < 300:
            self.target = uri_of(reply.get('contact')) or self.target
            self.request('ACK', cseq=reply.cseq)
            if self.state != 'up':
                self.state = 'up'
                self.media.talk_to(reply.body)
                self.marks['ringing'].set()
                self.marks['up'].set()
        elif reply.code >= 300:
            self.request('ACK', cseq=reply.cseq, branch=self.branch)
            self.finish('rejected', reply.code)

    def finish(self, why, code=0):
        if self.state != 'ended':
            self.state, self.why, self.code = 'ended', why, code
            if self.media:
                self.media.close()
            self.marks['ended'].set()
            self.phone.calls.pop(self.id, None)

    # What a person does

    async def wait(self, mark, within):
        """True once it rings, is up or has ended; False when it ended first or time is over."""
        waits = [asyncio.ensure_future(self.marks[name].wait()) for name in {mark, 'ended'}]
        await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return self.marks[mark].is_set()

    async def answer(self):
        self.media = self.media or await Media().open()
        self.media.talk_to(self.invite.body)
        self.phone.reply(self.invite, 200, 'OK', self.tag, self.sdp())
        self.state = 'up'
        self.marks['up'].set()

    def reject(self, code=486):
        self.phone.reply(self.invite, code, 'No', self.tag)
        self.finish('rejected', code)

    async def hang_up(self):
        if self.state == 'up':
            self.request('BYE')
            self.finish('hung up here')
        elif self.state in ('calling', 'ringing') and not self.is_incoming():
            self.request('CANCEL', cseq=self.invite_cseq, branch=self.branch)
            await self.wait('ended', 3)
        elif self.state != 'ended':
            self.reject(480)

    def is_incoming(self):
        return self.invite is not None

    async def reinvite(self, mode):
        for _ in range(10):
            cseq = self.request('INVITE', self.sdp(mode))
            code = await self.final_reply(cseq)
            self.request('ACK', cseq=cseq)
            if code != 491:  # both asked for something at the same time: again a moment later
                break
            await asyncio.sleep(random.uniform(.05, .2))
        return code

    async def refer(self, to, replaces=None):
        where = '<sip:%s@127.0.0.1:%d' % (to, self.phone.server)
        if replaces:
            where += '?Replaces=%s%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s' % (replaces.id.replace('@', '%40'), tag_of(replaces.remote), replaces.tag)
        cseq = self.request('REFER', extra=['Refer-To: ' + where + '>', 'Referred-By: <%s>' % uri_of(self.local), 'Supported: replaces'])
        return await self.final_reply(cseq)


class Phone(asyncio.DatagramProtocol):
    """One port. `auto` is what it does with a call: "ring", "silent", ["answer", seconds] or ["reject", code].

    A provider is a phone that is also a registrar: `refuse_register` is a code, or "silent"; `expires` is how
    long its registrations last, in seconds, when not as asked."""

    def __init__(self, user, port, server, password, auto='ring', provider=False):
        self.user, self.port, self.server, self.password, self.auto, self.provider = user, port, server, password, auto, provider
        self.calls, self.incoming, self.answered, self.register_replies = {}, asyncio.Queue(), {}, asyncio.Queue()
        self.answer_options, self.refuse_register, self.expires = True, None, None
        self.register_id, self.register_cseq = token(16), 0

    async def open(self):
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=('127.0.0.1', self.port))
        return self

    def connection_made(self, transport):
        self.transport = transport

    def send(self, lines, body=''):
        raw = body.encode('utf-8', 'surrogateescape')
        head = '\r\n'.join([*lines, 'Content-Length: %d' % len(raw), '', '']).encode('utf-8', 'surrogateescape')
        self.transport.sendto(head + raw, ('127.0.0.1', self.server))
        return head + raw

    def reply(self, request, code, reason, tag, body='', extra=()):
        to = request.get('to') + ('' if 'tag=' in request.get('to') or code <= 100 else ';tag=' + tag)
        self.answered[request.key()] = self.send([
            'SIP/2.0 %d %s' % (code, reason), *('Via: ' + via for via in request.all('via')), *('Record-Route: ' + route for route in request.all('record-route')),
            'From: ' + request.get('from'), 'To: ' + to, 'Call-ID: ' + request.get('call-id'), 'CSeq: ' + request.get('cseq'),
            'Allow: INVITE,ACK,CANCEL,BYE,OPTIONS,REFER,NOTIFY,INFO,UPDATE', 'Supported: replaces',
            *([] if extra else ['Contact: <sip:%s@127.0.0.1:%d>' % (self.user, self.port)]), *extra, *(['Content-Type: application/sdp'] if body else [])], body)

    def credentials(self, challenge, method, uri):
        asked = challenge.get('www-authenticate') or challenge.get('proxy-authenticate')
        header = 'Authorization' if challenge.get('www-authenticate') else 'Proxy-Authorization'
        field = {name: value for name, value in re.findall(r'(\w+)="?([^",]+)', asked)}

        def md5(text):
            return hashlib.md5(text.encode()).hexdigest()
        who, what = md5('%s:%s:%s' % (self.user, field['realm'], self.password)), md5('%s:%s' % (method, uri))
        more, middle = '', field['nonce']
        if 'qop' in field:
            cnonce = token()
            more, middle = ', qop=auth, nc=00000001, cnonce="%s"' % cnonce, '%s:00000001:%s:auth' % (field['nonce'], cnonce)
        if 'opaque' in field:
            more += ', opaque="%s"' % field['opaque']
        return '%s: Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s", algorithm=MD5%s' % (
            header, self.user, field['realm'], field['nonce'], uri, md5('%s:%s:%s' % (who, middle, what)), more)

    async def register(self, expires=3600, within=3):
        """The final SIP code; 0 when nobody answers. Nothing here registers again: by default it outlasts every story."""
        uri, extra = 'sip:127.0.0.1:%d' % self.server, []
        for _ in range(3):
            self.register_cseq += 1
            self.send(['REGISTER %s SIP/2.0' % uri, 'Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%s' % (self.port, token()), 'Max-Forwards: 70',
                       'From: <sip:%s@127.0.0.1>;tag=%s' % (self.user, token(8)), 'To: <sip:%s@127.0.0.1>' % self.user, 'Call-ID: ' + self.register_id,
                       'CSeq: %d REGISTER' % self.register_cseq, 'Contact: <sip:%s@127.0.0.1:%d>' % (self.user, self.port), 'Expires: %d' % expires, *extra])
            try:
                async with asyncio.timeout(within):
                    reply = await self.register_replies.get()
                    while reply.code < 200 or reply.cseq != self.register_cseq:
                        reply = await self.register_replies.get()
            except TimeoutError:
                return 0
            if reply.code != 401 or extra:
                return reply.code
            extra = [self.credentials(reply, 'REGISTER', uri)]
        return 401

    async def call(self, number, name=None, caller=None):
        call = Call(self, token(20))
        call.media = await Media().open()
        uri = 'sip:%s@127.0.0.1' % (caller or self.user)
        call.local = ('"%s" <%s>' % (name, uri) if name else '<%s>' % uri) + ';tag=' + call.tag
        call.target = 'sip:%s@127.0.0.1:%d' % (number, self.server)
        call.remote, call.number, call.state = '<%s>' % call.target, number, 'calling'
        self.calls[call.id] = call
        call.send_invite()
        return call

    # What arrives

    def datagram_received(self, data, _from):
        try:
            message = Message(data)
        except (IndexError, ValueError):
            return
        (self.on_request if message.is_request else self.on_reply)(message)

    def on_reply(self, reply):
        if reply.method == 'REGISTER':
            self.register_replies.put_nowait(reply)
            return
        call = self.calls.get(reply.get('call-id'))
        if call:
            call.replies[reply.cseq] = reply.code
            if reply.method == 'INVITE' and reply.cseq == getattr(call, 'invite_cseq', None):
                call.on_invite_reply(reply)

    def on_request(self, request):
        if request.method == 'ACK':
            return
        if request.key() in self.answered:
            self.transport.sendto(self.answered[request.key()], ('127.0.0.1', self.server))
            return
        call, tag = self.calls.get(request.get('call-id')), token(8)
        if request.method == 'OPTIONS':
            if self.answer_options:
                self.reply(request, 200, 'OK', tag)
        elif request.method == 'REGISTER':
            self.on_register(request, tag)
        elif request.method == 'INVITE' and call:
            call.media.talk_to(request.body)
            self.reply(request, 200, 'OK', call.tag, call.sdp('recvonly' if 'a=sendonly' in request.body else 'sendrecv'))
        elif request.method == 'INVITE':
            self.on_invite(request)
        elif not call:
            self.reply(request, 481 if request.method in ('CANCEL', 'BYE') else 200, 'No such call', tag)
        else:
            self.reply(request, 200, 'OK', call.tag)
            if request.method == 'BYE':
                call.finish('hung up there')
            elif request.method == 'CANCEL' and call.state in ('incoming', 'ringing'):
                self.reply(call.invite, 487, 'Request Terminated', call.tag)
                call.finish('cancelled', 487)

    def on_register(self, request, tag):
        if not self.provider:
            self.reply(request, 405, 'Method Not Allowed', tag)
        elif self.refuse_register == 'silent':
            return
        elif self.refuse_register:
            self.reply(request, self.refuse_register, 'Rejected', tag)
        elif not request.get('authorization'):
            self.reply(request, 401, 'Unauthorized', tag, extra=['WWW-Authenticate: Digest realm="lab", nonce="%s", algorithm=MD5, qop="auth"' % token()])
        else:
            expires = self.expires or request.get('expires') or 60
            self.reply(request, 200, 'OK', tag, extra=['Contact: <%s>;expires=%s' % (uri_of(request.get('contact')), expires), 'Expires: %s' % expires])

    def on_invite(self, request):
        call = self.calls[request.get('call-id')] = Call(self, request.get('call-id'), request)
        self.reply(request, 100, 'Trying', call.tag)
        does, *how = [self.auto] if isinstance(self.auto, str) else self.auto
        self.incoming.put_nowait(call)
        if does == 'reject':
            call.reject(*how)
        elif does != 'silent':
            self.reply(request, 180, 'Ringing', call.tag)
            call.state = 'ringing'
            if does == 'answer':
                asyncio.ensure_future(self.answer_after(call, *how))

    async def answer_after(self, call, seconds=0):
        await asyncio.sleep(seconds)
        if call.state == 'ringing':
            await call.answer()


class Desk:
    """The commands of the program. Every phone and every call has the name its first command gave it."""

    def __init__(self):
        self.phones, self.calls = {}, {}

    async def do_phone(self, name, port, server, password='secret123', auto='ring', register=True, user=None):
        """A phone on `port` that registers with the Asterisk on SIP port `server`."""
        self.phones[name] = phone = await Phone(user or name, port, server, password, auto).open()
        return {'code': await phone.register() if register else 0}

    async def do_provider(self, name, port, server, auto='ring'):
        """The other end of a trunk."""
        self.phones[name] = await Phone(name, port, server, 'trunkpw', auto, provider=True).open()

    async def do_set(self, name, **what):
        """auto, answer_options, refuse_register, expires."""
        for field in what:
            if field not in ('auto', 'answer_options', 'refuse_register', 'expires'):
                raise ValueError('no setting named ' + field)
            setattr(self.phones[name], field, what[field])

    async def do_register(self, name, expires=3600):
        return {'code': await self.phones[name].register(expires)}

    async def do_call(self, name, number, call, display=None, caller=None):
        """Phone `name` dials `number`; the new dialog is called `call`."""
        self.calls[call] = await self.phones[name].call(number, display, caller)

    async def do_take(self, name, call, within=10):
        """Waits for the next call that phone `name` receives, and calls it `call`."""
        async with asyncio.timeout(within):
            self.calls[call] = await self.phones[name].incoming.get()

    async def do_wait(self, call, mark, within=10):
        """For a call to be `ringing`, `up` or `ended`."""
        it = self.calls[call]
        if not await it.wait(mark, within):
            raise TimeoutError('%s is %s (%s %s), not %s' % (call, it.state, it.why, it.code, mark))
        return {'code': it.code, 'why': it.why}

    async def do_answer(self, call):
        await self.calls[call].answer()

    async def do_reject(self, call, code=486):
        self.calls[call].reject(code)

    async def do_hangup(self, call):
        await self.calls[call].hang_up()

    async def do_hold(self, call):
        return {'code': await self.calls[call].reinvite('sendonly')}

    async def do_unhold(self, call):
        return {'code': await self.calls[call].reinvite('sendrecv')}

    async def do_refer(self, call, to):
        """Blind transfer by the phone."""
        return {'code': await self.calls[call].refer(to)}

    async def do_replace(self, call, other):
        """Attended transfer by the phone: the far ends of `call` and `other` talk."""
        return {'code': await self.calls[call].refer(self.calls[other].number, self.calls[other])}

    async def do_dtmf(self, call, digits):
        self.calls[call].media.digits.extend(digits)

    async def do_tone(self, call, hz):
        """It says that tone from now on; 0: silence."""
        self.calls[call].media.tone = hz

    async def do_hear(self, call, hz, within=10):
        """Until it hears that tone for a second."""
        media = self.calls[call].media
        end = time.monotonic() + within
        while (share := media.share(hz)) < .5:
            if time.monotonic() > end:
                raise TimeoutError('%s hears no %d Hz: %.2f, %d ms of anything' % (call, hz, share, media.loud()))
            await asyncio.sleep(.1)

    async def do_listen(self, call, ms, within=10):
        """Until it has heard so much of anything."""
        media = self.calls[call].media
        end = time.monotonic() + within
        while media.loud() < ms:
            if time.monotonic() > end:
                raise TimeoutError('%s heard %d ms only' % (call, media.loud()))
            await asyncio.sleep(.1)

    async def do_state(self, call):
        it = self.calls[call]
        return {'state': it.state, 'code': it.code, 'why': it.why, 'packets': it.media.received if it.media else 0}

    async def run(self, line):
        command = {}
        try:
            command = json.loads(line)
            arguments = {key: value for key, value in command.items() if key not in ('id', 'do')}
            answer = {'ok': True, **(await getattr(self, 'do_' + command['do'])(**arguments) or {})}
        except Exception as problem:  # whatever it was, the test that asked is told
            answer = {'ok': False, 'error': '%s: %s' % (type(problem).__name__, problem)}
        print(json.dumps({'id': command.get('id'), **answer}), flush=True)


async def main():
    desk, reader, running = Desk(), asyncio.StreamReader(), set()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        task = asyncio.ensure_future(desk.run(line))
        running.add(task)
        task.add_done_callback(running.discard)


if __name__ == '__main__':
    asyncio.run(main())
