package faulttest

import (
	"net"
	"sync"
	"testing"
	"time"
)

// Line passes connections on to a server, until it is told to cut them or to garble what the server says.
type Line struct {
	// Address is where it listens, "127.0.0.1:port".
	Address string

	to string

	mu     sync.Mutex
	open   map[net.Conn]bool
	every  int64 // bytes between cuts; 0: none
	left   int64 // until the next
	cuts   int   // to come; -1: for good
	dead   bool
	garble int64 // when the server is garbled; 0: never
	struck int   // so far
	delay  time.Duration
	passed int64
	at     int64 // when then is called
	then   func()
}

// TCP starts a line to the server at the address; it ends with the test.
func TCP(t testing.TB, to string) *Line {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	line := &Line{Address: l.Addr().String(), to: to, open: map[net.Conn]bool{}}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { line.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		line.Cut()
		all.Wait()
	})
	return line
}

// Cut resets every connection.
func (l *Line) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut()
}

// CutAfter has every connection reset once so many bytes passed from now on, that many times over; times -1: for good, and who connects from then on is cut off at once.
func (l *Line) CutAfter(bytes int64, times int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.every, l.left, l.cuts, l.dead = bytes, bytes, times, false
}

// Garble has the first piece that the server sends once so many bytes passed from now on arrive as zeros: in a protocol of messages with a length no reader waits for more than was sent.
func (l *Line) Garble(bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.garble = l.passed + bytes
}

// Mend ends what CutAfter, Garble, At and Delay began.
func (l *Line) Mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.every, l.cuts, l.dead, l.garble, l.delay, l.then = 0, 0, false, 0, 0, nil
}

// Struck returns how often so far the line was cut or garbled, or At's function called.
func (l *Line) Struck() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.struck
}

// At calls f once when so many bytes passed from now on; what reached that number passes once f returned.
func (l *Line) At(bytes int64, f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at, l.then = l.passed+bytes, f
}

// Passed returns how many bytes passed so far.
func (l *Line) Passed() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.passed
}

// Delay has each piece of what passes wait so long.
func (l *Line) Delay(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delay = d
}

func (l *Line) cut() {
	for c := range l.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
}

func (l *Line) serve(c net.Conn) {
	defer c.Close()
	l.mu.Lock()
	dead := l.dead
	l.mu.Unlock()
	if dead {
		return
	}
	s, err := net.Dial("tcp", l.to) //nolint:noctx // it ends with its connection
	if err != nil {
		return
	}
	defer s.Close()
	l.mu.Lock()
	l.open[c], l.open[s] = true, true
	l.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { l.pump(s, c, false) })
	both.Go(func() { l.pump(c, s, true) })
	both.Wait()
	l.mu.Lock()
	delete(l.open, c)
	delete(l.open, s)
	l.mu.Unlock()
}

// pump passes what comes from one side to the other until one of them ends. answers: it comes from the server.
func (l *Line) pump(to, from net.Conn, answers bool) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if n > 0 && !l.allows(to, buf[:n], answers) || err != nil {
			return
		}
	}
}

// allows writes what is to pass; false: the line was cut before all of it did.
func (l *Line) allows(to net.Conn, p []byte, answers bool) bool {
	l.mu.Lock()
	l.passed += int64(len(p))
	if f := l.then; f != nil && l.passed >= l.at {
		l.then = nil
		l.struck++
		l.mu.Unlock()
		f()
		l.mu.Lock()
	}
	if answers && l.garble > 0 && l.passed >= l.garble {
		l.garble = 0
		l.struck++
		clear(p)
	}
	d := l.delay
	cut := false
	if l.every > 0 && l.cuts != 0 {
		n := int64(len(p))
		if cut = n >= l.left; cut {
			p, l.left = p[:l.left], l.every
			l.struck++
			if l.cuts > 0 {
				l.cuts--
			} else {
				l.dead = true
			}
		} else {
			l.left -= n
		}
	}
	l.mu.Unlock()
	time.Sleep(d)
	_, err := to.Write(p)
	if cut {
		l.Cut()
		return false
	}
	return err == nil
}
