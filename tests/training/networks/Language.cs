using System.Diagnostics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Networks;

public sealed class Stacked : Module<Tensor, Tensor>
{
    private readonly ModuleList<Module<Tensor, Tensor>> layers = ModuleList<Module<Tensor, Tensor>>(Linear(12, 12), Linear(12, 12), Sequential(Linear(12, 12), Tanh()));
    private readonly ModuleList<Linear> more = ModuleList(Linear(12, 12), Linear(12, 5));

    public Stacked() : base("stacked") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        foreach (var layer in layers)
            x = layer.call(x).relu();
        for (int i = 0; i < more.Count; i++)
            x = more[i].forward(x);
        return x;
    }
}

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

public sealed class Linq : Module<Tensor, Tensor>
{
    private readonly Linear[] heads = [Linear(12, 4), Linear(12, 4), Linear(12, 4)];

    public Linq() : base("linq")
    {
        for (int i = 0; i < heads.Length; i++)
            register_module($"head{i}", heads[i]);
    }

    public override Tensor forward(Tensor x)
    {
        var parts = heads.Select((head, i) => head.call(x) * (i + 1)).Where(part => part.shape[1] == 4).Select(part => F.relu(part, inplace: true)).ToList();
        var total = parts.Aggregate((a, b) => a + b);
        return cat(parts.Append(total).ToArray(), 1);
    }
}


public sealed class Iterators : Module<Tensor, Tensor>
{
    private readonly Linear linear = Linear(12, 12);

    public Iterators() : base("iterators") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var sum = torch.zeros(12);
        foreach (var part in Steps(x, 3))
            sum = sum + part;
        return sum + Steps(x, 2).Last() + stack(Steps(x, 2).ToList(), 0).sum(0);
    }

    private IEnumerable<Tensor> Steps(Tensor x, int count)
    {
        try
        {
            for (int i = 0; i < count; i++)
            {
                x = linear.call(x);
                yield return x;
            }
        }
        finally
        {
            Debug.WriteLine("done");
        }
    }
}

public abstract class Template : Module<Tensor, Tensor>
{
    protected Template(string name) : base(name) { }

    protected abstract Module<Tensor, Tensor> Body { get; }

    protected virtual Tensor After(Tensor x) => x * 2;

    public override Tensor forward(Tensor x) => After(Body.call(x));
}

public class Middle : Template
{
    protected readonly Linear linear = Linear(12, 6);

    public Middle() : base("middle") => RegisterComponents();

    protected override Module<Tensor, Tensor> Body => linear;

    protected override Tensor After(Tensor x) => base.After(x).sigmoid();
}

public sealed class Derived : Middle
{
    public override Tensor forward(Tensor x) => base.forward(x - 1) + 1;
}

public interface ITransform
{
    Tensor Apply(Tensor x);

    Tensor Twice(Tensor x) => Apply(Apply(x));
}

public sealed class Doubler : ITransform
{
    public Tensor Apply(Tensor x) => x * 2;
}

public struct Tripler : ITransform
{
    private int _calls;

    public Tensor Apply(Tensor x)
    {
        _calls++;
        return x * (2 + _calls);
    }
}

public sealed class Generic<T>(T transform) : Module<Tensor, Tensor>("generic")
    where T : ITransform
{
    private T _transform = transform;

    public override Tensor forward(Tensor x)
    {
        var transform = _transform;
        var once = transform.Apply(x);
        return Both(once, transform) + transform.Apply(x);
    }

    private static Tensor Both<TOther>(Tensor x, TOther other)
        where TOther : ITransform => other.Apply(x).relu() + (other is ITransform twice && typeof(TOther).IsClass ? twice.Twice(x) : x);
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

public sealed class Captured : Module<Tensor, Tensor>
{
    private readonly Tensor mean = torch.tensor(new[] { 0.1f, 0.2f, 0.3f }), weights = rand(12);
    private Tensor? mask;

    public Captured() : base("captured") => register_buffer("scale", rand(12));

    public override Tensor forward(Tensor x)
    {
        mask ??= torch.ones(12, 12).tril();
        var y = (x.view(-1, 4, 3) - mean).view(-1, 12) * weights;
        var positions = arange(12).to(float32) / 12;
        return (y + positions.sin()) * get_buffer("scale")! + (mask * 0.1f).sum(0) + full(1, 0.5f);
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

public sealed class TiedWeights : Module<Tensor, Tensor>
{
    private readonly Embedding words = Embedding(9, 4);

    public TiedWeights() : base("tied") => RegisterComponents();

    public override Tensor forward(Tensor x) => F.linear(words.call(x).tanh(), words.weight!) + words.weight!.sum(1);
}

public sealed class Moved : Module<Tensor, Tensor>
{
    private Tensor table = rand(12), scale = rand(12);

    public Moved() : base("moved") { }

    public override Tensor forward(Tensor x)
    {
        table = table.to(x.device);
        scale = scale.to(x.device, disposeAfter: true).DetachFromDisposeScope();
        return (x * scale) + table;
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

public sealed class LocalFunctions : Module<Tensor, Tensor>
{
    private readonly Linear linear = Linear(12, 12);

    public LocalFunctions() : base("local") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        int calls = 0;
        Tensor Step(Tensor value)
        {
            calls++;
            return Scale(linear.call(value), calls);
        }

        static Tensor Scale(Tensor value, int by) => value * by;
        var y = Step(Step(x));
        Func<Tensor, Tensor> later = value => Step(value) - x;
        return later(y);
    }
}

public sealed class Delegates : Module<Tensor, Tensor>
{
    private static readonly Func<Tensor, Tensor> s_static = x => x * 3;
    private readonly Func<Tensor, Tensor> activation = torch.tanh;
    private readonly Func<Tensor, Tensor> lambda = x => x.sigmoid() + 1;
    private readonly Dictionary<string, Func<Tensor, Tensor>> table = new() { ["a"] = Half, ["b"] = x => x.exp() };
    private readonly Lazy<Tensor> lazy = new(() => torch.ones(12) * 2);
    private event Func<Tensor, Tensor>? Changed;

    public Delegates() : base("delegates") => Changed += Half;

    private static Tensor Half(Tensor x) => x / 2;

    public override Tensor forward(Tensor x)
    {
        var y = lambda(x) + s_static.Invoke(x);
        foreach (var (_, function) in table)
            y = function(y);
        y = activation(Changed?.Invoke(y) ?? y);
        Action<Tensor> keep = value => y = y + value;
        keep(x);
        return new[] { y, x }.Select(lambda).Select(Half).Aggregate(torch.minimum) * lazy.Value;
    }
}

public static class Hooked
{
    public static nn.Module Make()
    {
        var first = Linear(12, 12);
        first.register_forward_hook((_, _, output) => output * 2);
        var network = Sequential(("first", first), ("second", Linear(12, 3)));
        network.register_forward_pre_hook((_, input) => input + 1);
        return network;
    }
}

public sealed class Cast : Module<Tensor, Tensor>
{
    private readonly nn.Module first = Linear(12, 12), second = new Doubling(), third = Sequential(new Doubling());
    private readonly IModule<Tensor, Tensor> fourth = Tanh();

    public Cast() : base("cast") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = ((Linear)first).call(x);
        if (second is Module<Tensor, Tensor> module)
            x = module.call(x);
        x = ((IModule<Tensor, Tensor>)third).call(x);
        return fourth.call(x);
    }

    private sealed class Doubling() : Module<Tensor, Tensor>("doubling")
    {
        public override Tensor forward(Tensor x) => x + x;
    }
}

public sealed class Shared : Module<Tensor, Tensor>
{
    private readonly Linear linear = Linear(12, 12);
    private readonly Parameter tied;

    public Shared() : base("shared")
    {
        tied = linear.weight!;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => linear.call(linear.call(x)).matmul(tied);
}

public sealed class Dictionaries : Module<Tensor, Tensor>
{
    private readonly ModuleDict<Module<Tensor, Tensor>> table = ModuleDict<Module<Tensor, Tensor>>(("a", Linear(12, 12)), ("b", Tanh()));
    private readonly ParameterList factors = ParameterList(Parameter(rand(12)), Parameter(rand(12)));

    public Dictionaries() : base("dictionaries") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = table["b"].call(table["a"].call(x));
        foreach (var parameter in factors)
            x = x * parameter;
        return x;
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

public interface ISoft
{
    static abstract Tensor Soften(Tensor x);
}

public sealed class Softener : ISoft
{
    public static Tensor Soften(Tensor x) => x.sigmoid();
}

public sealed class StaticAbstract<T> : Module<Tensor, Tensor>
    where T : ISoft
{
    public StaticAbstract() : base("static") { }

    public override Tensor forward(Tensor x) => T.Soften(x) + 1;
}

public sealed class Plain : nn.Module
{
    private readonly Linear linear = Linear(12, 3);

    public Plain() : base("plain") => RegisterComponents();

    public Tensor forward(Tensor x) => linear.call(x).relu();
}

public sealed class Recursive : Module<Tensor, Tensor>
{
    private readonly Linear linear = Linear(12, 12);

    public Recursive() : base("recursive") => RegisterComponents();

    public override Tensor forward(Tensor x) => Down(x, 3);

    private Tensor Down(Tensor x, int depth) => depth == 0 ? x : linear.call(Down(x, depth - 1)) + depth;
}
