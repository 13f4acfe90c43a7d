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

public sealed class TiedWeights : Module<Tensor, Tensor>
{
    private readonly Embedding words = Embedding(9, 4);

    public TiedWeights() : base("tied") => RegisterComponents();

    public override Tensor forward(Tensor x) => F.linear(words.call(x).tanh(), words.weight!) + words.weight!.sum(1);
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
