using System.Diagnostics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Networks;

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
        return sum + Steps(x, 2).Last() + stack(Steps(x, 2).ToList(), 0).sum([0]);
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
