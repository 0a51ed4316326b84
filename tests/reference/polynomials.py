"""Coefficients of the polynomials in crates/logistic-regression/src/math.rs, with their largest errors.

    pip install mpmath==1.4.1
    python tests/reference/polynomials.py
"""

import mpmath as mp

mp.mp.dps = 50


def interpolated(function, low, high, degree):
    """Coefficients, lowest first, of the polynomial through the function at the Chebyshev nodes."""
    n = degree + 1
    nodes = [(low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * k + 1) / (2 * n)) for k in range(n)]
    powers = mp.matrix([[x**j for j in range(n)] for x in nodes])
    return list(mp.lu_solve(powers, mp.matrix([function(x) for x in nodes])))


def report(name, function, low, high, degree, factor):
    coefficients = interpolated(function, low, high, degree)
    points = [low + (high - low) * i / 2000 for i in range(2001)]
    error = max(abs(factor(x) * (mp.polyval(coefficients[::-1], x) - function(x))) for x in points)
    print(name, *(repr(float(c)) for c in coefficients), f"largest error {mp.nstr(error, 3)}", sep="\n  ")


def main():
    # (exp(r) - 1 - r) / r^2, a little beyond |r| = ln(2) / 2.
    half = mp.log(2) / 2 * mp.mpf("1.0001")
    report("exp", lambda r: mp.fsum(r**k / mp.factorial(k + 2) for k in range(45)), -half, half, 9, lambda r: r * r)
    # (atanh(s) - s) / s^3 as a function of z = s^2 up to 1/9.
    report("atanh", lambda z: mp.fsum(z**k / (2 * k + 3) for k in range(60)), mp.mpf(0), mp.mpf(1) / 9, 10, lambda z: z)


if __name__ == "__main__":
    main()
