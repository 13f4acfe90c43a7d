using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

public sealed class ElementwiseOperationTests
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_functions = new()
    {
        ["sigmoid"] = x => x.sigmoid(),
        ["expit"] = x => special.expit(x),
        ["tanh"] = x => x.tanh(),
        ["exp"] = x => x.exp(),
        ["exp2"] = x => x.exp2(),
        ["expm1"] = x => x.expm1(),
        ["expm1 near 0"] = x => (x * 1e-7).expm1() * 1e7,
        ["log"] = x => x.log(),
        ["log1p"] = x => x.log1p(),
        ["log1p near 0"] = x => (x * 1e-7).log1p() * 1e7,
        ["log2"] = x => x.log2(),
        ["log10"] = x => x.log10(),
        ["sqrt"] = x => x.sqrt(),
        ["rsqrt"] = x => x.rsqrt(),
        ["reciprocal"] = x => x.reciprocal(),
        ["sin"] = x => x.sin(),
        ["cos"] = x => x.cos(),
        ["tan"] = x => x.tan(),
        ["sinc"] = x => x.sinc(),
        ["deg2rad"] = x => x.deg2rad(),
        ["rad2deg"] = x => x.rad2deg(),
        ["xlogy"] = x => x.xlogy(x * x) + x.xlogy(3),
        ["xlog1py"] = x => special.xlog1py(x, x * x),
        ["isnan"] = x => x.isnan(),
        ["isinf"] = x => x.isinf(),
        ["isfinite"] = x => x.isfinite(),
        ["isposinf"] = x => x.isposinf(),
        ["isneginf"] = x => x.isneginf(),
        ["square"] = x => x.square(),
        ["add"] = x => (x + 2) + x,
        ["add a multiple"] = x => x.add(x, 2),
        ["sub"] = x => x - 3,
        ["sub from"] = x => 3 - x,
        ["mul"] = x => x * x * 2.5,
        ["div"] = x => x / 2,
        ["div by itself"] = x => x / x,
        ["div of a number"] = x => 2 / (x + 0.25),
        ["maximum"] = x => maximum(x, x.flip(1)),
        ["minimum"] = x => x.minimum(x.flip(1)),
        ["max of two"] = x => x.max(x.flip(1)),
        ["fmax"] = x => x.fmax(x.flip(1)),
        ["fmin"] = x => x.fmin(x.flip(1)),
        ["float_power"] = x => (x * x).float_power(x),
        ["logical"] = x => x.logical_and(x.flip(1)).logical_or(x.logical_not()).logical_xor(x.flip(1)),
        ["compare with a number"] = x => (x > 1).logical_or(x < -1).logical_or(x == 0),
        ["compare with a fraction"] = x => (x >= 0.5).logical_and(x <= 2.5).logical_and(x != 2),
        ["compare"] = x => x.lt(x.flip(1)).logical_xor(x.ge(x.flip(1))).logical_or(x.ne(x)),
        ["compare with another type"] = x => x.gt(x.flip(1).to(ScalarType.Int64)),
        ["where"] = x => where(x > 0, x, x.flip(1)),
        ["masked_fill"] = x => x.masked_fill(x > 1, 0),
        ["zero-dimensional"] = x => x + x[0, 0],
        ["sigmoid_"] = x => (x * 1.0).sigmoid_(),
    };

    // Those of integers that give integers, or nothing at all for truth values.
    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_numbers = new()
    {
        ["abs"] = x => x.abs(),
        ["neg"] = x => -x,
        ["sign"] = x => x.sign(),
        ["sgn"] = x => x.sgn(),
        ["relu"] = x => x.relu(),
        ["floor"] = x => x.floor(),
        ["ceil"] = x => x.ceil(),
        ["trunc"] = x => x.trunc(),
        ["pow 2"] = x => x.pow(2),
        ["pow 3"] = x => x.pow(3),
        ["pow 7"] = x => x.pow(7),
        ["pow 0"] = x => x.pow(0),
        ["pow 2.5"] = x => x.abs().pow(2.5),
        ["fmod"] = x => x.fmod(3) + x.fmod(-3),
        ["remainder"] = x => x.remainder(3) + x.remainder(-3),
        ["remainder, operator"] = x => x % 3,
        ["fmod by a tensor"] = x => x.fmod(x.flip(1).abs() + 1),
        ["remainder by a tensor"] = x => x.remainder(x.flip(1).abs() + 1),
        ["remainder by a fraction"] = x => x.remainder(0.75),
        ["floor_divide"] = x => x.floor_divide(2),
        ["floor_divide by less than 0"] = x => x.floor_divide(-2),
        ["floor_divide by a tensor"] = x => x.floor_divide(x.flip(1).abs() + 1),
        ["div down"] = x => x.div(2, RoundingMode.floor),
        ["div to zero"] = x => x.div(2, RoundingMode.trunc),
        ["clamp"] = x => x.clamp(-1, 2),
        ["clip"] = x => x.clip(-1, 2),
        ["clamp by a fraction"] = x => x.clamp(-0.5, 1.5),
        ["clamp_min"] = x => x.clamp_min(1),
        ["clamp_max"] = x => x.clamp_max(1),
        ["clamp by tensors"] = x => x.clamp(x.flip(1) - 1, x.flip(1)),
        ["ldexp"] = x => x.ldexp(x),
        ["heaviside"] = x => x.heaviside(x.flip(1)),
        ["isin"] = x => x.isin(x[0, ..3]).logical_xor(x.isin(x[0, 3..5], invert: true)),
        ["nan_to_num"] = x => x.nan_to_num(),
        ["nan_to_num to numbers"] = x => x.nan_to_num(1, 2, 3),
        ["addcmul"] = x => x.addcmul(x, x.flip(1), 2),
    };

    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_fractions = new()
    {
        ["round"] = x => x.round(),
        ["frac"] = x => x.frac(),
        ["round to hundredths"] = x => (x * 1.23456).round(2),
        ["round to hundreds"] = x => (x * 123.456).round(-2),
        ["floor_divide by a fraction"] = x => x.floor_divide(0.1),
        ["floor_divide by zero"] = x => x.floor_divide(x * 0),
        ["addcdiv"] = x => x.addcdiv(x, x.flip(1), 0.5),
        ["lerp by a number"] = x => x.nan_to_num(0, 1, -1).lerp(x.flip(1).nan_to_num(0, 1, -1), 0.3),
        ["lerp"] = x => x.nan_to_num(0, 1, -1).lerp(x.flip(1).nan_to_num(0, 1, -1), x.isnan().to(x.dtype) * 0.25 + 0.25),
        ["isclose"] = x => x.isclose(x + 1e-9),
        ["isclose, no numbers too"] = x => x.isclose(x, nanEqual: true),
        ["hypot"] = x => x.hypot(x.flip(1)),
        ["logaddexp"] = x => x.logaddexp(x.flip(1)),
        ["logaddexp of the same"] = x => x.logaddexp(x),
        ["logaddexp2"] = x => x.logaddexp2(x.flip(1)),
        ["pow of a tensor"] = x => x.abs().pow(x),
        ["clamp_"] = x => (x * 1).clamp_(-1, 1),
    };

    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_singles = new()
    {
        ["asin"] = x => (x / 4).asin(),
        ["acos"] = x => (x / 4).acos(),
        ["atan"] = x => x.atan(),
        ["sinh"] = x => x.sinh(),
        ["cosh"] = x => x.cosh(),
        ["asinh"] = x => x.asinh(),
        ["acosh"] = x => x.acosh(),
        ["atanh"] = x => (x / 4).atanh(),
        ["arctan"] = x => x.arctan(),
        ["erf"] = x => x.erf(),
        ["special erf"] = x => special.erf(x),
        ["atan2"] = x => x.atan2(x.flip(1)) + atan2(x, x),
    };

    public static TheoryData<string> Functions => [.. s_functions.Keys];

    public static TheoryData<string> Numbers => [.. s_numbers.Keys];

    public static TheoryData<string> Fractions => [.. s_fractions.Keys];

    public static TheoryData<string> Singles => [.. s_singles.Keys];

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_function_gives_the_same_of_every_type(string name)
    {
        Right(s_functions[name], ScalarType.Float32, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32);
        if (!name.StartsWith("sub", StringComparison.Ordinal) && name != "masked_fill")
            Right(s_functions[name], ScalarType.Bool);
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_function_of_numbers_gives_the_same(string name) =>
        Right(s_numbers[name], ScalarType.Float32, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8);

    [Theory]
    [MemberData(nameof(Fractions))]
    public void A_function_of_fractions_gives_the_same(string name) => Right(s_fractions[name], ScalarType.Float32, ScalarType.Float64);

    [Theory]
    [MemberData(nameof(Singles))]
    public void A_function_that_ONNX_Runtime_has_in_32_bits_gives_the_same_and_is_refused_in_64(string name)
    {
        Right(s_singles[name], ScalarType.Float32, ScalarType.Int64);
        Assert.Throws<OnnxExportException>(() => Right(s_singles[name], ScalarType.Float64));
    }

    [Fact]
    public void Truth_values_and_long_integers_have_their_own_arithmetic()
    {
        Right(x => (x + x.flip(1)) * x, ScalarType.Bool);
        Right(x => (x & x.flip(1)) | ~x, ScalarType.Bool);
        Right(x => x ^ x.flip(1), ScalarType.Bool);
        Right(x => (x + 9007199254740993L) - 9007199254740990L, ScalarType.Int64);
        Right(x => ~x, ScalarType.Int64, ScalarType.Int8, ScalarType.Byte);
    }

    [Fact]
    public void Bits_and_powers_of_integers_are_refused()
    {
        Assert.Throws<OnnxExportException>(() => Right(x => x & 3, ScalarType.Int64));
        Assert.Throws<OnnxExportException>(() => Right(x => x.pow(x.abs()), ScalarType.Int64));
    }

    private static void Right(Func<Tensor, Tensor> function, params ScalarType[] types)
    {
        using IDisposable scope = NewDisposeScope();
        foreach (ScalarType type in types)
        {
            bool isFloat = type is ScalarType.Float32 or ScalarType.Float64;
            Tensor numbers = isFloat
                ? tensor([1, double.NaN, -2.5, 0, double.PositiveInfinity, 3, 0.5, -1.5, 2.5, double.NegativeInfinity, 1, -0.0, 7.25, double.NaN, 1.5, 1])
                : tensor(new long[] { 1, 0, -2, 3, 4, -5, 0, 7, 2, 2, -3, 1, 0, 6, -7, 5 });
            TraceAssert.Right(new Lambda(function), numbers.reshape(2, 8).to(type));
        }
    }
}
