package broker

import (
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// onWheel runs test on a wheel with virtual time.
func onWheel(t *testing.T, test func(t *testing.T, w *Wheel)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWheel()
		defer w.stop()
		test(t, w)
	})
}

func TestTimersFireInTime(t *testing.T) {
	onWheel(t, func(t *testing.T, w *Wheel) {
		r := rand.New(rand.NewPCG(3, 3))
		timers := make([]Timer, 500)
		fired := make([]int, len(timers))
		for i := range timers {
			d := time.Duration(r.Int64N(int64(15 * time.Minute))) // more than three turns of the wheel
			begin := time.Now()
			w.Set(&timers[i], d, func() {
				fired[i]++
				if late := time.Since(begin) - d; late < 0 || late > 3*tick {
					t.Errorf("a timer of %v fired %v late", d, late)
				}
			})
			time.Sleep(time.Duration(r.Int64N(int64(time.Second))))
		}
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		for i, n := range fired {
			if n != 1 {
				t.Errorf("timer %d fired %d times", i, n)
			}
		}
	})
}

func TestStoppedTimersDoNotFire(t *testing.T) {
	onWheel(t, func(t *testing.T, w *Wheel) {
		var timers [5]Timer
		var fired [5]bool
		for i := range timers { // all in one list
			w.Set(&timers[i], 10*time.Second, func() { fired[i] = true })
		}
		for _, i := range []int{2, 0, 4} { // the middle, the last, the first of the list
			if !w.Stop(&timers[i]) {
				t.Errorf("timer %d was not set", i)
			}
			if w.Stop(&timers[i]) {
				t.Errorf("timer %d was stopped twice", i)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if fired != [5]bool{1: true, 3: true} {
			t.Errorf("fired: %v", fired)
		}
		if w.Stop(&timers[1]) {
			t.Error("a timer is set although it has fired")
		}
		if w.Stop(new(Timer)) {
			t.Error("the zero timer is set")
		}
	})
}

func TestMovedTimerFiresOnce(t *testing.T) {
	onWheel(t, func(t *testing.T, w *Wheel) {
		var timer Timer
		begin, fired := time.Now(), []time.Duration(nil)
		fire := func() { fired = append(fired, time.Since(begin).Truncate(10*time.Second)) }
		for _, d := range []time.Duration{5 * time.Second, 500 * time.Second, 40 * time.Second} {
			w.Set(&timer, d, fire)
		}
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		if len(fired) != 1 || fired[0] != 40*time.Second {
			t.Errorf("fired at %v, want once at 40 s", fired)
		}
	})
}

func TestTimerMayBeSetByItsOwnCall(t *testing.T) {
	onWheel(t, func(t *testing.T, w *Wheel) {
		var timer Timer
		n := 0
		var again func()
		again = func() {
			if n++; n < 5 {
				w.Set(&timer, time.Second, again)
			}
		}
		w.Set(&timer, 0, again)
		time.Sleep(time.Minute)
		synctest.Wait()
		if n != 5 {
			t.Errorf("fired %d times, want 5", n)
		}
	})
}

// TestTimersOfOneTick: many that are due at once are called a few at a time, all within a tick; and as long as one was
// not called it can be stopped and moved.
func TestTimersOfOneTick(t *testing.T) {
	for _, n := range []int{1, fewTimers, 500, 100_000} {
		onWheel(t, func(t *testing.T, w *Wheel) {
			timers := make([]Timer, n)
			var fired atomic.Int64
			at := map[time.Duration]int{}
			begin := time.Now()
			for i := range timers {
				w.Set(&timers[i], 5*time.Second, func() {
					if fired.Add(1) == 1 && n > 10 {
						for j := range 10 { // those that were set last are not the first
							if !w.Stop(&timers[n-1-j]) {
								t.Errorf("timer %d of %d is called with the first", n-1-j, n)
							}
						}
						w.Set(&timers[n-1], time.Minute, func() { fired.Add(1) })
					}
					at[time.Since(begin)]++
				})
			}
			time.Sleep(30 * time.Second)
			synctest.Wait()
			want := n
			if n > 10 {
				want = n - 10
			}
			if got := int(fired.Load()); got != want {
				t.Errorf("%d of %d are called", got, want)
			}
			few := max(fewTimers, n/500)
			for after, together := range at {
				if together > few || after < 5*time.Second || after >= 8*time.Second {
					t.Errorf("%d of %d are called together, after %v", together, n, after)
				}
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			if n > 10 && int(fired.Load()) != want+1 {
				t.Error("the one that was moved is not called")
			}
		})
	}
}

func TestLongestTimer(t *testing.T) {
	onWheel(t, func(t *testing.T, w *Wheel) {
		var timer Timer
		w.Set(&timer, math.MaxInt64-1, func() { t.Error("a timer of 292 years has fired") })
		time.Sleep(time.Hour)
		synctest.Wait()
		if !w.Stop(&timer) {
			t.Error("it is not set any more")
		}
	})
}

// TestTicksAreMadeUp: a call that takes its time, against the rules, delays
// timers but does not put the clock back for good.
func TestTicksAreMadeUp(t *testing.T) {
	onWheel(t, func(t *testing.T, w *Wheel) {
		var slow, later Timer
		w.Set(&slow, time.Second, func() { time.Sleep(30 * time.Second) })
		begin := time.Now()
		var after time.Duration
		w.Set(&later, time.Minute, func() { after = time.Since(begin) })
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if after < time.Minute || after > time.Minute+3*tick {
			t.Errorf("a timer of 1 min fired after %v", after)
		}
		if n := w.Now(); n < 119 {
			t.Errorf("the wheel counts %d s after 2 min", n)
		}
	})
}

func TestStoppedWheel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		unused := newWheel()
		unused.stop()
		w := newWheel()
		var before, after Timer
		fire := func() { t.Error("fired after the end of the wheel") }
		w.Set(&before, time.Second, fire)
		w.stop()
		w.stop()
		w.Set(&after, time.Second, fire)
		time.Sleep(time.Minute)
	})
}

func TestSetAndStopDoNotAllocate(t *testing.T) {
	w := newWheel()
	defer w.stop()
	var timer Timer
	fire := func() {}
	w.Set(&timer, time.Hour, fire)
	if n := testing.AllocsPerRun(100, func() {
		w.Set(&timer, time.Hour, fire)
		w.Stop(&timer)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
