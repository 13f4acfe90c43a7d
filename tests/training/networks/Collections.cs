using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MnistAdder.OnnxExport.Networks;

public sealed class Grid : Module<Tensor, Tensor>
{
    private readonly Linear[,] layers = { { Linear(12, 4), Linear(12, 8) }, { Linear(12, 4), Linear(12, 8) } };

    public Grid() : base("grid")
    {
        foreach (var layer in layers)
            register_module($"layer{children().Count()}", layer);
    }

    public override Tensor forward(Tensor x)
    {
        var parts = new Tensor[layers.GetLength(0), layers.GetLength(1)];
        for (int i = 0; i < layers.GetLength(0); i++)
        {
            for (int j = 0; j < layers.GetLength(1); j++)
                parts[i, j] = layers[i, j].call(x);
            x = cat([parts[i, 0], parts[i, 1]], 1);
        }

        return x + parts[0, 0].sum();
    }
}

public sealed class LazySequences : Module<Tensor, Tensor>
{
    private readonly ModuleList<Linear> heads = ModuleList(Linear(12, 4), Linear(12, 4));

    public LazySequences() : base("lazy") => RegisterComponents();

    public override Tensor forward(Tensor x) => stack(heads.Select(head => head.call(x)), 1).sum(1) + stack(Powers(x, 3), 0).mean([0]).narrow(1, 0, 4);

    private IEnumerable<Tensor> Powers(Tensor x, int count)
    {
        for (var power = x; count > 0; count--, power = power * x)
            yield return power;
    }
}
