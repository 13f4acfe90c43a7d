using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests;

/// <summary>A network with two inputs and two outputs, in the manner that a user of the library would write one.</summary>
internal sealed class TwoHeads : nn.Module<Tensor, Tensor, (Tensor Letter, Tensor Pair)>, IOnnxExportable
{
    private readonly Sequential letter = nn.Sequential(
        ("conv1", nn.Conv2d(1, 4, 3, bias: false)),
        ("norm1", nn.BatchNorm2d(4)),
        ("relu1", nn.ReLU()),
        ("dropout1", nn.Dropout2d(0.1)),
        ("pool1", nn.MaxPool2d(2)),
        ("flatten", nn.Flatten()),
        ("linear1", nn.Linear(36, 5)));

    private readonly Sequential pair = nn.Sequential(
        ("linear1", nn.Linear(8, 16)),
        ("norm1", nn.BatchNorm1d(16)),
        ("relu1", nn.ReLU()),
        ("dropout1", nn.Dropout(0.1)),
        ("linear2", nn.Linear(16, 7)));

    public TwoHeads()
        : base(nameof(TwoHeads))
    {
        RegisterComponents();
        using IDisposable noGradients = no_grad();
        foreach ((string name, Tensor buffer) in named_buffers())
        {
            if (name.EndsWith("running_mean", StringComparison.Ordinal))
                buffer.copy_(randn(buffer.shape));
        }
    }

    /// <param name="image">float [N,1,8,8].</param>
    /// <param name="hint">float [N,3].</param>
    public override (Tensor Letter, Tensor Pair) forward(Tensor image, Tensor hint)
    {
        Tensor scores = letter.call(image);
        return (nn.functional.log_softmax(scores, 1), pair.call(cat([scores, hint], 1)));
    }

    public IReadOnlyList<OnnxValue> Export(OnnxGraph graph, IReadOnlyList<OnnxValue> inputs)
    {
        OnnxValue scores = graph.Apply(letter, inputs[0]);
        return [graph.LogSoftmax(scores), graph.Apply(pair, graph.Concat(1, scores, inputs[1]))];
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            letter.Dispose();
            pair.Dispose();
        }

        base.Dispose(disposing);
    }
}
