using MnistAdder.OnnxQuantization.Calibration;
using MnistAdder.OnnxQuantization.Graphs;

namespace MnistAdder.OnnxQuantization.Writing;

/// <summary>Weights in 8 bits, with a scale for each output, and the bias in 32.</summary>
/// <param name="Weight">−127…127, in the order of the weights; 0 stands for 0.</param>
/// <param name="Scales">[outputs].</param>
/// <param name="Bias">[outputs], in steps of the input's scale times the output's; null for none.</param>
internal sealed record IntegerWeights(sbyte[] Weight, float[] Scales, int[]? Bias)
{
    // A bias that is large beside its weights takes coarser weights, so that it and the sum that it is added to fit into 32 bits.
    private const double GreatestBias = 1 << 30;

    /// <summary>Rounds a layer's weights.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">What its input's 8 bits stand for.</param>
    public static IntegerWeights Of(LayerWeights layer, Quantization input)
    {
        sbyte[] weights = new sbyte[layer.Weight.Values.Length];
        float[] scales = new float[layer.Outputs];
        int[]? bias = layer.Bias is null ? null : new int[layer.Outputs];
        for (int output = 0; output < layer.Outputs; output++)
        {
            ReadOnlySpan<float> row = layer.Weight.Values.AsSpan(output * layer.Length, layer.Length);
            double greatest = 0;
            foreach (float weight in row)
                greatest = Math.Max(greatest, Math.Abs(weight));
            double offset = layer.Bias?[output] ?? 0, scale = Math.Max(greatest / sbyte.MaxValue, Math.Abs(offset) / (input.Scale * GreatestBias));
            scales[output] = scale > 1e-30 ? (float)scale : 1;
            for (int i = 0; i < row.Length; i++)
                weights[(output * layer.Length) + i] = (sbyte)Math.Clamp(Math.Round(row[i] / scales[output]), -sbyte.MaxValue, sbyte.MaxValue);
            if (bias is not null)
                bias[output] = (int)Math.Clamp(Math.Round(offset / ((double)input.Scale * scales[output])), -GreatestBias, GreatestBias);
        }

        return new IntegerWeights(weights, scales, bias);
    }

    /// <summary>The weights with the outputs along the last axis.</summary>
    public sbyte[] Columns()
    {
        int outputs = Scales.Length, inputs = Weight.Length / outputs;
        sbyte[] columns = new sbyte[Weight.Length];
        for (int i = 0; i < Weight.Length; i++)
            columns[(i % inputs * outputs) + (i / inputs)] = Weight[i];
        return columns;
    }

    /// <summary>The scales of the bias.</summary>
    public float[] BiasScales(Quantization input) => Array.ConvertAll(Scales, scale => scale * input.Scale);
}
