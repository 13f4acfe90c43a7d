using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MnistAdder.OnnxExport.Networks;

public sealed class Asynchronous : Module<Tensor, Tensor>
{
    private readonly ModuleList<Linear> layers = ModuleList(Linear(12, 12), Linear(12, 12));

    public Asynchronous() : base("async") => RegisterComponents();

    public override Tensor forward(Tensor x) => ForwardAsync(x).GetAwaiter().GetResult();

    private async Task<Tensor> ForwardAsync(Tensor x)
    {
        foreach (var layer in layers)
            x = await StepAsync(layer, x).ConfigureAwait(false);
        var both = await Task.WhenAll(layers.Select(layer => StepAsync(layer, x)));
        await foreach (var power in PowersAsync(x))
            x += power;
        try
        {
            await Task.Delay(1);
            throw new InvalidOperationException();
        }
        catch (InvalidOperationException)
        {
            return x + both[0] - both[1] * await ScaleAsync();
        }
    }

    private static async Task<Tensor> StepAsync(Linear layer, Tensor x)
    {
        await Task.Yield();
        return layer.call(x).relu();
    }

    private static async ValueTask<float> ScaleAsync()
    {
        await Task.CompletedTask;
        return 0.5f;
    }

    private static async IAsyncEnumerable<Tensor> PowersAsync(Tensor x)
    {
        for (int i = 2; i < 4; i++)
        {
            yield return x.pow(i);
            await Task.Yield();
        }
    }
}

public sealed class SeveralThreads : Module<Tensor, Tensor>
{
    private readonly ModuleList<Linear> heads = ModuleList(Linear(12, 4), Linear(12, 4), Linear(12, 4));
    private readonly Linear gate = Linear(12, 12);

    public SeveralThreads() : base("threads") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var gated = Task.Run(() => gate.call(x).sigmoid());
        var started = Task.Factory.StartNew(() => x.tanh());
        var awaited = Task.Run(async () =>
        {
            await Task.Yield();
            return x.relu();
        });
        var parts = new Tensor[heads.Count];
        Parallel.For(0, heads.Count, i => parts[i] = heads[i].call(x));
        Parallel.ForEach(Enumerable.Range(0, parts.Length), i => parts[i] = parts[i] * i);
        Tensor left = x, right = x;
        Parallel.Invoke(() => left = left.exp(), () => right = right.abs() + 1);
        Tensor? last = null;
        var thread = new Thread(() => last = gate.call(right));
        thread.Start();
        thread.Join();
        return cat(parts, 1) * gated.Result + started.Result - awaited.Result + left / right + last!;
    }
}
