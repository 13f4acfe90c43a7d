using System.Reflection;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>A call in copied code that goes through the tracer.</summary>
/// <param name="Callee">The method as the code names it.</param>
/// <param name="Kind">How it is called.</param>
/// <param name="Place">Where the call stands.</param>
internal sealed record CallSite(MethodBase Callee, CallKind Kind, CodePlace Place);

/// <summary>How a method is called.</summary>
internal enum CallKind
{
    /// <summary>This very method, as with <c>base.</c>.</summary>
    Direct,

    /// <summary>What the object's type has in its place.</summary>
    Virtual,

    /// <summary>A constructor, for a new object.</summary>
    New,

    /// <summary>A delegate made of this very method.</summary>
    Delegate,

    /// <summary>A delegate made of what the object's type has in its place.</summary>
    VirtualDelegate,
}

/// <summary>A place in a method.</summary>
/// <param name="Method">The method.</param>
/// <param name="Offset">The instruction's offset in its code.</param>
internal sealed record CodePlace(MethodBase Method, int Offset);
