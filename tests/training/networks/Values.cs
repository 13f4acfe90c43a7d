using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Networks;

public sealed class InPlace : Module<Tensor, Tensor>
{
    public InPlace() : base("inplace") { }

    public override Tensor forward(Tensor x)
    {
        var y = x * 2;
        y.add_(1).mul_(x).relu_();
        y[.., 0].zero_();
        var z = y.unsqueeze_(1);
        z -= 0.5;
        return F.relu(z, inplace: true).squeeze(1) + y.view(-1, 12);
    }
}

public sealed class Tuples : Module<(Tensor Left, Tensor Right), Tensor, (Tensor Sum, (Tensor Product, Tensor? Nothing) Others)>
{
    public Tuples() : base("tuples") { }

    public override (Tensor Sum, (Tensor Product, Tensor? Nothing) Others) forward((Tensor Left, Tensor Right) pair, Tensor scale)
    {
        var (left, right) = pair;
        return (left + right, (left * right * scale, null));
    }
}

public class Sequence(Tensor values)
{
    public Tensor Values { get; } = values;

    public Tensor? Mask { get; set; }

    public int Length { get; init; }
}

public sealed record Encoded(Tensor Hidden, Tensor[] Layers, Sequence Input);

public sealed class Structured : Module<Sequence, Encoded>
{
    private readonly Linear linear = Linear(12, 12);

    public Structured() : base("structured") => RegisterComponents();

    public override Encoded forward(Sequence input)
    {
        Tensor one = linear.call(input.Values), two = linear.call(one * input.Mask!) / input.Length;
        return new Encoded(two.relu(), [one, two], new Sequence(input.Values + 1));
    }
}

public sealed class Optional : Module<Tensor, Tensor?, Tensor>
{
    public Optional() : base("optional") { }

    public override Tensor forward(Tensor x, Tensor? residual = null) => residual is null ? x.tanh() : x.tanh() + residual;
}

public sealed class Named : Module<Tensor, Dictionary<string, Tensor>>
{
    private readonly Linear linear = Linear(12, 3);

    public Named() : base("named") => RegisterComponents();

    public override Dictionary<string, Tensor> forward(Tensor x)
    {
        var scores = linear.call(x);
        return new() { ["scores"] = scores, ["probabilities"] = scores.softmax(-1) };
    }
}

public sealed class Lists : Module<List<Tensor>, Tensor[]>
{
    public Lists() : base("lists") { }

    public override Tensor[] forward(List<Tensor> parts)
    {
        var all = new List<Tensor>();
        foreach (var part in parts)
            all.Add(part * all.Count);
        all.Insert(0, cat(parts, 1));
        return [.. all, parts[0] - parts[1]];
    }
}

public sealed class ByReference : Module<Tensor, Tensor>
{
    public ByReference() : base("reference") { }

    public override Tensor forward(Tensor x)
    {
        Double(ref x);
        if (!TrySplit(x, out var left, out var right))
            return x;
        ReadOnlySpan<long> shape = [x.shape[0], 12];
        return cat([left, right], 1).reshape(View(shape)) + x.sum(stackalloc long[] { 1 }, keepdim: true);
    }

    private static void Double(ref Tensor x) => x = x * 2;

    private static bool TrySplit(Tensor x, out Tensor left, out Tensor right)
    {
        left = x.narrow(1, 6, 6);
        right = x.narrow(1, 0, 6);
        return x.shape[1] == 12;
    }

    private static long[] View(ReadOnlySpan<long> shape) => shape.ToArray();
}

public sealed class Records : Module<Tensor, Tensor>
{
    public Records() : base("records") { }

    private sealed record Pair(Tensor Left, Tensor Right)
    {
        public Tensor Sum { get; init; } = Left + Right;

        public static Pair operator *(Pair pair, float factor) => new(pair.Left * factor, pair.Right * factor);
    }

    private readonly struct State(Tensor value)
    {
        public readonly Tensor Value = value.tanh();
    }

    public override Tensor forward(Tensor x)
    {
        var pair = new Pair(x, x.abs()) * 2;
        var state = new State(pair.Sum);
        return (pair with { Left = state.Value }).Left + pair.Right;
    }
}

public sealed class Scoped : Module<Tensor, Tensor>
{
    private readonly Linear linear = Linear(12, 12);

    public Scoped() : base("scoped") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        using (var scope = NewDisposeScope())
        {
            for (int i = 0; i < 3; i++)
            {
                using var inner = NewDisposeScope();
                using var step = linear.call(x);
                x = step.tanh().MoveToOtherDisposeScope(scope);
            }

            return scope.MoveToOuter(x.sub(1));
        }
    }
}

public sealed class Switched(string activation) : Module<Tensor, Tensor>("switched")
{
    public override Tensor forward(Tensor x) => activation switch
    {
        "relu" => F.relu(x),
        "gelu" => x.sigmoid() * x,
        "tanh" => x.tanh(),
        "elu" => x.exp() - 1,
        "abs" => x.abs(),
        "neg" => -x,
        "sin" => x.sin(),
        _ => throw new ArgumentOutOfRangeException(activation),
    };
}

public sealed class Exceptions : Module<Tensor, Tensor>
{
    public Exceptions() : base("exceptions") { }

    public override Tensor forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.shape[1] != 12)
            throw new ArgumentException($"Expected 12 features, not {x.shape[1]}.");
        try
        {
            x = x.relu();
            throw new InvalidOperationException("retry");
        }
        catch (InvalidOperationException exception) when (exception.Message == "retry")
        {
            x = x - 1;
        }
        finally
        {
            x = x * 2;
        }

        return x;
    }
}
