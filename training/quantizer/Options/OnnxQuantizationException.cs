namespace MnistAdder.OnnxQuantization;

/// <summary>A model can't be quantised, or not within what the caller allows.</summary>
public sealed class OnnxQuantizationException : Exception
{
    /// <summary>Makes an error without a message.</summary>
    public OnnxQuantizationException()
    {
    }

    /// <summary>Makes an error.</summary>
    /// <param name="message">What is wrong, where, and what to do.</param>
    public OnnxQuantizationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an error.</summary>
    /// <param name="message">What is wrong, where, and what to do.</param>
    /// <param name="innerException">What caused it.</param>
    public OnnxQuantizationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
