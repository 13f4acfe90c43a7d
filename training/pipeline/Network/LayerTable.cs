using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Network;

/// <summary>One layer of a network.</summary>
/// <param name="Name">State-dict prefix, for instance <c>digit.conv1</c>.</param>
/// <param name="Kind">The module's type, for instance <c>Conv2d</c>.</param>
/// <param name="OutputShape">Shape of one row's output, without the batch dimension.</param>
/// <param name="Parameters">Trainable parameters.</param>
/// <param name="ReceptiveField">Side in pixels of the square of the image that one output value sees, at most the image's; null in the adder.</param>
/// <param name="MultiplyAdds">Multiplications with a weight for one row; normalisation and activations don't count.</param>
public sealed record LayerRow(string Name, string Kind, IReadOnlyList<long> OutputShape, long Parameters, int? ReceptiveField, long MultiplyAdds);

/// <summary>What a network is made of, measured by sending one row through it.</summary>
internal static class LayerTable
{
    /// <summary>Lists the layers of both branches in the order of computation.</summary>
    /// <param name="network">The network; it is put into evaluation mode for this and back into the mode it was in.</param>
    /// <exception cref="NotSupportedException">A layer moves over the image in a way whose receptive field isn't known here.</exception>
    public static IReadOnlyList<LayerRow> Describe(DigitSumNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        bool wasTraining = network.training;
        network.eval();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        try
        {
            Device device = network.parameters().First().device;
            var rows = new List<LayerRow>();
            Walk("digit", network.ImageBranch, zeros([1, 1, MnistGeometry.Side, MnistGeometry.Side], device: device), new ReceptiveField(1, 1), rows);
            if (network.AdderInput is { } input)
                rows.Add(new LayerRow("adder_input", input.GetType().Name, [ModelContract.DigitClasses], 0, null, 0));
            Walk("adder", network.Adder, zeros([1, 2 * ModelContract.DigitClasses], device: device), null, rows);
            return rows;
        }
        finally
        {
            network.train(wasTraining);
        }
    }

    private static void Walk(string branch, Sequential layers, Tensor value, ReceptiveField? field, List<LayerRow> rows)
    {
        foreach ((string name, nn.Module module) in layers.named_children())
        {
            value = ((nn.Module<Tensor, Tensor>)module).call(value);
            field = field?.Through(module);
            rows.Add(new LayerRow(
                $"{branch}.{name}",
                module.GetType().Name,
                value.shape[1..],
                module.parameters().Sum(parameter => parameter.numel()),
                field is { } seen ? Math.Min(seen.Size, MnistGeometry.Side) : null,
                MultiplyAdds(module, value)));
        }
    }

    private static long MultiplyAdds(nn.Module module, Tensor output) => module switch
    {
        Conv2d convolution => output.numel() * convolution.weight.numel() / convolution.weight.shape[0],
        Linear linear => linear.weight.numel(),
        _ => 0,
    };

    /// <summary>The square of the image that a value sees, and the distance between the squares of neighbouring values.</summary>
    private readonly record struct ReceptiveField(int Size, int Step)
    {
        public ReceptiveField Through(nn.Module module) => module switch
        {
            Conv2d { dilation: [1, 1] } convolution => Through((int)convolution.weight.shape[2], (int)convolution.stride[0]),
            MaxPool2d pool => Through((int)pool.kernel_size[0], (int)(pool.stride ?? pool.kernel_size)[0]),
            HalvingMaxPool => Through(HalvingMaxPool.Side, HalvingMaxPool.Side),
            Linear => this with { Size = MnistGeometry.Side },
            BatchNorm1d or BatchNorm2d or ReLU or SiLU or SparseDropout or ChannelsLast or Flatten => this,
            _ => throw new NotSupportedException($"The receptive field of a {module.GetType().Name} isn't known to the layer table."),
        };

        private ReceptiveField Through(int kernel, int stride) => new(Size + ((kernel - 1) * Step), Step * stride);
    }
}
