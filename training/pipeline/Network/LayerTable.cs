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

/// <summary>What a network is made of, measured by sending images through it.</summary>
/// <remarks>
/// There is an image for each column, with no numbers (NaN) in that column. No layer makes a number of them, so that a value that is none shows
/// that its square of the image has the column in it.
/// </remarks>
internal static class LayerTable
{
    /// <summary>Lists the layers of both branches in the order of computation.</summary>
    /// <param name="network">The network; it is put into evaluation mode for this and back into the mode it was in.</param>
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
            for (int column = 0; column < network.Columns.Count; column++)
                Walk(network.ColumnName(column), network.Columns[column], ImagesWithoutAColumn(device), rows);
            if (network.AdderInput is { } input)
                rows.Add(new LayerRow("adder_input", input.GetType().Name, [ModelContract.DigitClasses], 0, null, 0));
            Walk("adder", network.Adder, zeros([1, 2 * ModelContract.DigitClasses], device: device), rows);
            return rows;
        }
        finally
        {
            network.train(wasTraining);
        }
    }

    private static Tensor ImagesWithoutAColumn(Device device)
    {
        Tensor column = eye(MnistGeometry.Side, dtype: ScalarType.Bool, device: device).view(MnistGeometry.Side, 1, 1, MnistGeometry.Side);
        return zeros([MnistGeometry.Side, 1, MnistGeometry.Side, MnistGeometry.Side], device: device).masked_fill(column, double.NaN);
    }

    private static void Walk(string branch, Sequential layers, Tensor value, List<LayerRow> rows)
    {
        bool seesImage = value.shape[0] > 1;
        foreach ((string name, nn.Module module) in layers.named_children())
        {
            value = ((nn.Module<Tensor, Tensor>)module).call(value);
            rows.Add(new LayerRow(
                $"{branch}.{name}",
                module.GetType().Name,
                value.shape[1..],
                module.parameters().Sum(parameter => parameter.numel()),
                seesImage ? ReceptiveField(value) : null,
                MultiplyAdds(module, value[0])));
        }
    }

    // Each number of a weight's rows meets each value that the row makes.
    private static long MultiplyAdds(nn.Module module, Tensor output) =>
        module.parameters().Where(weight => weight.dim() > 1).Sum(weight => output.numel() * weight.numel() / weight.shape[0]);

    // For the value that sees most columns, how many.
    private static int ReceptiveField(Tensor values) => (int)values.isnan().flatten(1).sum(0, type: ScalarType.Int64).max().item<long>();
}
