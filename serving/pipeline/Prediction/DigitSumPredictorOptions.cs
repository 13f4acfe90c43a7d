using MnistAdder.OnnxBatching;

namespace MnistAdder.Serving;

/// <summary>A predictor's model, and how pictures are prepared for it.</summary>
public sealed class DigitSumPredictorOptions
{
    /// <summary>The path of a <c>model.onnx</c>.</summary>
    public string? ModelFile { get; set; }

    /// <summary>The folder that relative paths of pictures start from; the working directory where it is left out.</summary>
    public string? ImageFolder { get; set; }

    /// <summary>How pictures are brought to the model's geometry.</summary>
    public ImagePreparation Preparation { get; set; } = ImagePreparation.Auto;

    /// <summary>What a picture may cost; <see cref="ImageLimits.Default"/> where left out.</summary>
    public ImageLimits? Limits { get; set; }

    /// <summary>Provider, batch size and threads.</summary>
    public InferenceOptions Inference { get; set; } = InferenceOptions.Default;
}
