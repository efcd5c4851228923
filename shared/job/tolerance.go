package job

import (
	"bytes"
	"math/big"
	"strconv"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// dec is the exact decimal number coef * 10^exp; exp is 0 where coef is, and coef does not end in a zero.
type dec struct {
	coef *big.Int
	exp  int64
}

// parseDec reads a JSON number.
func parseDec(v []byte) (dec, bool) {
	mant, exp := v, int64(0)
	if i := bytes.IndexAny(v, "eE"); i >= 0 {
		e, err := strconv.ParseInt(string(v[i+1:]), 10, 64)
		if err != nil || e > 1<<40 || e < -1<<40 {
			return dec{}, false
		}
		mant, exp = v[:i], e
	}
	whole, frac, _ := bytes.Cut(mant, []byte("."))
	all := bytes.Join([][]byte{whole, frac}, nil)
	trimmed := bytes.TrimRight(all, "0")
	if len(trimmed) == 0 || len(trimmed) == 1 && trimmed[0] == '-' {
		return dec{coef: new(big.Int)}, true
	}
	c, ok := new(big.Int).SetString(string(trimmed), 10)
	return dec{coef: c, exp: exp - int64(len(frac)) + int64(len(all)-len(trimmed))}, ok
}

// top returns the power of ten above the number's first digit: 10^(top-1) <= |d| < 10^top; of 0 one below all others.
func (d dec) top() int64 {
	if d.coef.Sign() == 0 {
		return -1 << 60
	}
	return d.exp + int64(len(new(big.Int).Abs(d.coef).String()))
}

// within reports whether two numbers are at most tol apart, exactly, however many digits they have and however far their exponents are from each other.
func within(a, b record.Value, tol float64) bool {
	x, ok1 := parseDec(a)
	y, ok2 := parseDec(b)
	t, ok3 := parseDec(strconv.AppendFloat(nil, tol, 'e', -1, 64)) // the shortest decimal: 0.1 is a tenth
	if !ok1 || !ok2 || !ok3 {
		return false
	}
	if x.top() < y.top() {
		x, y = y, x
	}
	switch {
	case x.coef.Sign() == 0: // so is y
		return true
	case x.top() > y.top()+1 && x.top()-1 > t.top(): // |x-y| > |x|/2 >= 10^(top-1)/2, far above t
		return false
	case x.top() < t.top()-1: // |x-y| < 2*10^top < t
		return true
	}
	// x and t are of about one size, or x and y are. What lies below the last digit of both others counts only by its sign.
	least := min(x.exp, t.exp)
	if y.coef.Sign() != 0 && y.top() < least {
		y = dec{coef: big.NewInt(int64(y.coef.Sign())), exp: least - 1}
	}
	diff := x.minus(y)
	if t.top() < diff.top() {
		return false
	}
	if t.top() > diff.top() {
		return true
	}
	diff.coef.Abs(diff.coef)
	return diff.minus(t).coef.Sign() <= 0
}

// minus returns d-o; their exponents must not be far apart.
func (d dec) minus(o dec) dec {
	exp := min(d.exp, o.exp)
	a, b := d.scaled(exp), o.scaled(exp)
	return dec{coef: a.Sub(a, b), exp: exp}
}

// scaled returns the coefficient for a lower exponent.
func (d dec) scaled(exp int64) *big.Int {
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(d.exp-exp), nil)
	return p.Mul(p, d.coef)
}
